"""A stand-in for WeCom's group robots, written from their document: errors are HTTP 200 with an errcode, 20 messages a minute."""

import json
from dataclasses import dataclass, field

from aiohttp import web

KEY = "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"
PER_MINUTE = 20
MAX_BYTES = 2048


@dataclass
class Wecom:
    """`groups`: key → what the group has read. `faults` are the next answers."""

    groups: dict[str, list[str]] = field(default_factory=lambda: {KEY: []})
    faults: list[int] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/cgi-bin/webhook/send", self.send)
        return app

    async def send(self, request: web.Request) -> web.Response:
        return web.Response(text=json.dumps(await self._answer(request)), content_type="application/json")

    async def _answer(self, request: web.Request) -> dict[str, object]:
        if self.faults:
            code = self.faults.pop(0)
            return {"errcode": code, "errmsg": f"about {code}"}
        group = self.groups.get(request.query.get("key", ""))
        if group is None:
            return {"errcode": 93000, "errmsg": "invalid webhook url, hint: [1], from ip: 127.0.0.1"}
        body = await request.json()
        content = body.get(body.get("msgtype"), {}).get("content") if body.get("msgtype") == "text" else None
        if not content:
            return {"errcode": 40008, "errmsg": "invalid message type"}
        if len(content.encode()) > MAX_BYTES:
            return {"errcode": 40058, "errmsg": "text.content exceed max length 2048"}
        if len(group) >= PER_MINUTE:
            return {"errcode": 45009, "errmsg": "api freq out of limit"}
        group.append(content)
        return {"errcode": 0, "errmsg": "ok"}
