"""One app's account at WeChat's server API: errors that arrive as HTTP 200, and tokens that are kept until they expire.

Documents: developers.weixin.qq.com/doc/service (getStableAccessToken, getTicket), …/miniprogram/dev/OpenApiDoc.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp

from lianfang.channels.model import RefusedError, UnavailableError
from lianfang.channels.outside import ask_json

# about this person's code: used, expired, made up; or an account that WeChat has blocked
REFUSED = {40029, 40163, 41008, 42003, 42007, 40226}
TOKEN_OLD = {40001, 40014, 42001}
EARLY_S = 300  # a token is renewed this long before it expires, so that none expires on its way

Clock = Callable[[], float]


def checked(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer, unless it is an error. Whatever is not about the person is ours or passing: UnavailableError."""
    code = answer.get("errcode", 0)
    if code == 0:
        return answer
    if code in REFUSED:
        raise RefusedError(str(code))
    raise UnavailableError(str(code))


class Kept:
    """A value that expires, fetched once however many ask for it at the same time."""

    def __init__(self, fetch: Callable[[], Awaitable[tuple[str, int]]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._value = ""
        self._until = 0.0

    async def get(self, *, not_this: str = "") -> str:
        """The value; another one than `not_this`, which the provider no longer takes."""
        async with self._lock:
            if self._clock() >= self._until or self._value == not_this:
                value, lasts_s = await self._fetch()
                # one that lasts no longer than we renew early is used once
                self._value, self._until = value, self._clock() + max(0, lasts_s - EARLY_S)
            return self._value


class WechatApi:
    """The server API as one app, with its access token."""

    def __init__(
        self, http: aiohttp.ClientSession, base: str, app_id: str, secret: str, clock: Clock = time.monotonic
    ) -> None:
        self._http = http
        self._base = base.rstrip("/")
        self.app_id = app_id
        self._secret = secret
        self._token = Kept(self._fetch_token, clock)
        self._ticket = Kept(self._fetch_ticket, clock)

    async def as_app(self, path: str, **params: str) -> Mapping[str, Any]:
        """A GET signed with the app's secret (logins)."""
        query = {"appid": self.app_id, "secret": self._secret, **params}
        return checked(await ask_json(self._http, "GET", self._base + path, params=query))

    async def as_person(self, path: str, **params: str) -> Mapping[str, Any]:
        """A GET with a person's own access token among the parameters."""
        return checked(await ask_json(self._http, "GET", self._base + path, params=params))

    async def with_token(
        self, method: str, path: str, params: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """A call with the app's access token, which is renewed once where WeChat calls it old."""
        token = await self._token.get()
        answer = await self._call(method, path, token, params, body)
        if answer.get("errcode", 0) in TOKEN_OLD:
            answer = await self._call(method, path, await self._token.get(not_this=token), params, body)
        return checked(answer)

    async def js_ticket(self) -> str:
        """The JS-SDK's ticket; WeChat allows few requests for it a day, so it is kept for its two hours."""
        return await self._ticket.get()

    async def _call(
        self,
        method: str,
        path: str,
        token: str,
        params: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
    ) -> Mapping[str, Any]:
        query = {"access_token": token, **(params or {})}
        return await ask_json(self._http, method, self._base + path, params=query, json=body)

    async def _fetch_token(self) -> tuple[str, int]:
        # the stable token: fetching it does not void the one that another process holds
        body = {"grant_type": "client_credential", "appid": self.app_id, "secret": self._secret}
        answer = checked(await ask_json(self._http, "POST", self._base + "/cgi-bin/stable_token", json=body))
        return str(answer["access_token"]), int(answer["expires_in"])

    async def _fetch_ticket(self) -> tuple[str, int]:
        answer = await self.with_token("GET", "/cgi-bin/ticket/getticket", {"type": "jsapi"})
        return str(answer["ticket"]), int(answer["expires_in"])
