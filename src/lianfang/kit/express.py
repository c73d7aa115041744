"""HTTP/1.1 under uvicorn with an express counter: requests to one address are answered without an ASGI conversation.

A task, a cycle of messages and a response object cost three times what the scan lane itself does with a request. Here the
body is handed over when it is complete, and the answer is written when it is known. What the counter does not take (a query
string, a chunked body, another method, whatever is wrong with the content) goes the ordinary way, which can say what is wrong.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from lianfang.kit.http import Headers

BODY_MAX_KIB = 16
HEAD_WITHIN_S = 15
SILENT_AT_MOST_S = 30
CROWDED_S = 2
UNWANTED_S = 1


class Reply(Protocol):
    """The answer to a request that was taken, to be given once, at any later time."""

    def __call__(self, head: bytes, body: bytes) -> None:
        """Sends a status line with headers (`http.head`), and a body."""

    @property
    def gone(self) -> bool:
        """Whether whoever asked has hung up."""

    def elsewhere(self, body: bytes) -> None:
        """Has the request answered the ordinary way after all."""


class Counter(Protocol):
    """Who answers the requests to one address."""

    def take(self, headers: Headers, body: bytes, reply: Reply) -> bool:
        """Whether the request was taken and will be answered; False: nothing was done, and the ordinary way is to answer it."""


class ExpressProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which passes by ASGI for POST requests to one address."""

    def __init__(
        self,
        path: bytes,
        counter: Callable[[], Counter],
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        at_most: int,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._path = path
        self._counter = counter
        self._at_most = at_most
        self._receiving = self._in_head = self._unwanted = False
        self._since = self._heard = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._at_most:
            transport.abort()

    def is_late(self, now: float, *, crowded: bool = False) -> bool:
        """Whether the other side keeps us waiting for too long: for the head of a request, for more of a body, or for the next
        request. A connection costs memory, and whoever wants to harm us opens thousands and says nothing. `crowded`: there is
        no room left for patience."""
        if self._unwanted:
            return now - self._heard > UNWANTED_S
        if self._receiving and self._in_head:
            return now - self._since > (CROWDED_S if crowded else HEAD_WITHIN_S)
        if self._receiving:
            return now - self._heard > (CROWDED_S if crowded else SILENT_AT_MOST_S)
        answering = self.cycle is not None and not self.cycle.response_complete
        return not answering and now - self._heard > (CROWDED_S if crowded else self.timeout_keep_alive)

    def let_go(self) -> None:
        """Ends a connection that is late; at once if the other side has not even read its last answer until now."""
        if self.transport.is_closing():
            self.transport.abort()
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self._heard = self.loop.time()
        super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._receiving = self._in_head = True
        self._since = self._heard

    def on_headers_complete(self) -> None:
        self._in_head = False
        if self.url == self._path and self._takes():
            self.scope |= {"method": "POST", "path": self._path.decode(), "raw_path": self._path, "query_string": b""}
            self.cycle = _Taken(self.scope)  # type: ignore[assignment]
        else:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._receiving = False
        super().on_message_complete()
        taken: Any = self.cycle
        if type(taken) is _Taken and not taken.handed_over:
            taken.handed_over = True
            body = bytes(taken.body)
            if not self._counter().take(Headers(self.headers), body, _Answer(self, taken)):
                self.go_the_ordinary_way(taken, body)

    def on_response_complete(self) -> None:
        """uvicorn's own, without a timer for every answer: `is_late` is asked about all connections, once a second."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.cycle.more_body and self.cycle.response_complete:
            # a body that nobody wants: uvicorn would read it to its end, a gibibyte if need be. The answer is sent; `is_late`
            # leaves a moment for it to be read
            self._unwanted = True
            self.flow.pause_reading()
            return
        self._heard = self.loop.time()
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def _takes(self) -> bool:
        """A plain request with nothing before it on this connection that is still to be answered."""
        if (self.cycle is not None and not self.cycle.response_complete) or self.flow.write_paused:
            return False
        length = -1
        for name, value in self.headers:
            if name == b"content-length" and value.isdigit():
                length = int(value)
            elif name == b"expect":
                return False
        return (
            0 <= length <= BODY_MAX_KIB * 1024
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
        )

    def go_the_ordinary_way(self, taken: "_Taken", body: bytes) -> None:
        """Puts a request that was at the counter into ASGI's hands."""
        cycle = RequestResponseCycle(
            scope=taken.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=taken.keep_alive,
            on_response=self.on_response_complete,
        )
        current: object = self.cycle
        if current is taken:  # else there is a next request already, which waits for this one
            self.cycle = cycle
        taken.response_complete = True
        cycle.body += body
        cycle.more_body = False
        cycle.message_event.set()
        self._start_asgi_task(cycle, self.app)

    def answered(self, taken: "_Taken", head: bytes, body: bytes) -> None:
        """Writes the answer to a request that was taken, unless the connection is gone."""
        taken.response_complete = True
        if taken.disconnected or self.transport.is_closing():
            return
        dated = b"".join(b"%b: %b\r\n" % header for header in self.server_state.default_headers)
        close = b"" if taken.keep_alive else b"connection: close\r\n"
        self.transport.write(b"%b%b%bcontent-length: %d\r\n\r\n%b" % (head, dated, close, len(body), body))
        if not taken.keep_alive:  # the server is stopping
            self.transport.close()
        self.on_response_complete()


class _Taken:
    """A request at the counter, in the place where uvicorn keeps the request it works on."""

    __slots__ = (
        "body",
        "disconnected",
        "handed_over",
        "keep_alive",
        "message_event",
        "more_body",
        "response_complete",
        "scope",
    )

    def __init__(self, scope: Any) -> None:
        self.scope = scope
        self.body = bytearray()
        self.more_body = True
        self.handed_over = False
        self.disconnected = False
        self.keep_alive = True
        self.response_complete = False
        self.message_event = _NOBODY_WAITS


class _Answer:
    """The reply that a counter is given."""

    __slots__ = ("_protocol", "_taken")

    def __init__(self, protocol: ExpressProtocol, taken: _Taken) -> None:
        self._protocol = protocol
        self._taken = taken

    def __call__(self, head: bytes, body: bytes) -> None:
        self._protocol.answered(self._taken, head, body)

    @property
    def gone(self) -> bool:
        return self._taken.disconnected or self._protocol.transport.is_closing()

    def elsewhere(self, body: bytes) -> None:
        self._protocol.go_the_ordinary_way(self._taken, body)


class _NobodyWaits:
    def set(self) -> None:
        """uvicorn wakes the ASGI application by this; there is none."""


_NOBODY_WAITS = _NobodyWaits()
