"""A small instance that speaks the API the replay uses, and misbehaves on request."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

PASSWORD = "correct"


class FakeInstance:
    """Keeps what it is sent in dicts. `before` runs before a scan is stored, `after` when it is, before the answer."""

    def __init__(self) -> None:
        self.scans: dict[str, tuple[Any, ...]] = {}
        self.requests = 0
        self.people_calls: list[int] = []
        self.place_calls: list[int] = []
        self.refused_documents: set[str] = set()
        self.before: Callable[[web.Request, dict[str, Any]], Awaitable[web.Response | None]] | None = None
        self.after: Callable[[web.Request, dict[str, Any]], Awaitable[web.Response | None]] | None = None
        self.close_each = False
        self._runner: web.AppRunner | None = None
        self._waited_for: dict[int, asyncio.Event] = {}
        self.port = 0

    async def start(self, port: int = 0) -> str:
        app = web.Application()
        app.router.add_post("/api/v1/session", self._session)
        app.router.add_post("/api/v1/checkpoints/bulk", self._places)
        app.router.add_post("/api/v1/people/bulk", self._people)
        app.router.add_post("/api/v1/scans", self._scan)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port or self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def until_stored(self, count: int) -> None:
        await self._waited_for.setdefault(count, asyncio.Event()).wait()

    @staticmethod
    def problem(status: int, code: str, *errors: dict[str, str], retry_after: str | None = None) -> web.Response:
        headers = {"Retry-After": retry_after} if retry_after else {}
        body = {"status": status, "code": code, "detail": f"<{code}>", "errors": list(errors)}
        return web.json_response(body, status=status, headers=headers, content_type="application/problem+json")

    async def _session(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body != {"username": "import", "password": PASSWORD}:
            return self.problem(401, "login_failed")
        response = web.json_response({"account_id": 3, "unit": {"id": 7, "name": "赤城县"}}, status=201)
        response.set_cookie("lf_staff", "t0ken", httponly=True, samesite="Lax")
        return response

    def _signed_in(self, request: web.Request) -> bool:
        return request.cookies.get("lf_staff") == "t0ken" and request.content_type == "application/json"

    async def _places(self, request: web.Request) -> web.Response:
        body = await request.json()
        if not self._signed_in(request) or body["unit_id"] != 7:
            return self.problem(403, "forbidden")
        self.place_calls.append(len(body["checkpoints"]))
        items = [{"ref": p["ref"], "id": 1, "code": f"CODE-{p['ref']}"} for p in body["checkpoints"]]
        return web.json_response({"items": items, "created": len(items), "existing": 0, "rejected": []})

    async def _people(self, request: web.Request) -> web.Response:
        if not self._signed_in(request):
            return self.problem(403, "forbidden")
        people = (await request.json())["people"]
        self.people_calls.append(len(people))
        items = [
            {"document_number": p["document_number"], "person": f"ref-{p['document_number']}"}
            for p in people
            if p["document_type"] == "other" and p["document_number"] not in self.refused_documents
        ]
        return web.json_response({"items": items, "created": len(items), "existing": 0, "rejected": []})

    async def _scan(self, request: web.Request) -> web.Response:
        self.requests += 1
        body = await request.json()
        if not self._signed_in(request):
            return self.problem(401, "not_signed_in")
        if self.before and (early := await self.before(request, body)):
            return early
        content = (body["code"], body["person"], body["at"])
        known = self.scans.setdefault(body["scan_id"], content)
        for count, event in self._waited_for.items():
            if len(self.scans) >= count:
                event.set()
        if self.after and (late := await self.after(request, body)):
            return late
        if known != content:
            return self.problem(409, "scan_id_reused")
        replayed = known is not content
        response = web.json_response(
            {"scan_id": body["scan_id"], "replayed": replayed}, status=200 if replayed else 201
        )
        if self.close_each:
            response.force_close()
        return response


async def drop(request: web.Request, _: dict[str, Any]) -> web.Response | None:
    """Now and then the connection ends without an answer."""
    if random.random() < 0.05:
        assert request.transport is not None
        request.transport.close()
        await asyncio.sleep(0)
    return None
