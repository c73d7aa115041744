"""A request whose answer is read while it is being written: httpx's own transport waits for its end."""

import asyncio
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from lianfang.kit.http import AsgiScope


class Stream:
    """One GET request to an ASGI application; leaving the block hangs up.

    async with Stream(app, "/api/v1/gate/2/events", {"cookie": "lf_staff=…"}) as stream:
        event = await stream.event()
    """

    def __init__(self, app: Any, path: str, headers: Mapping[str, str]) -> None:
        self._app = app
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._asked = False
        self._buffer = ""
        self.status = 0
        self._scope: AsgiScope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": _raw(headers.items()),
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8000),
            "state": {},
        }

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._app(self._scope, self._receive, self._messages.put))
        start = await self._next()
        self.status = start["status"]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._gone.set()
        await asyncio.wait([self._task], timeout=5)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def event(self) -> dict[str, str]:
        """The next server-sent event as its fields; comments are left out."""
        while True:
            while "\n\n" not in self._buffer:
                self._buffer += (await self._next())["body"].decode().replace("\r\n", "\n")
            text, _, self._buffer = self._buffer.partition("\n\n")
            fields = dict(line.split(": ", 1) for line in text.splitlines() if not line.startswith(":"))
            if fields:
                return fields

    async def comment(self) -> str:
        """The next comment, and whatever came before it."""
        while not any(line.startswith(":") for line in self._buffer.splitlines()):
            self._buffer += (await self._next())["body"].decode()
        return self._buffer

    async def ended(self) -> bool:
        """Reads on until the other side ends the answer."""
        while True:
            message = await self._next()
            if message["type"] == "http.response.body" and not message.get("more_body"):
                return True

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _next(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            return await self._messages.get()


def _raw(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers]
