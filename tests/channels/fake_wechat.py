"""A stand-in for open.weixin.qq.com and api.weixin.qq.com, written from their documents. Errors are HTTP 200 with an errcode, and
everything is declared as text/plain, as there. Shares no code with the adapter."""

import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

CODE_S = 300
TOKEN_S = 7200


@dataclass
class Account:
    """Somebody's WeChat."""

    name: str
    union: str = ""
    phone: str = "13900000000"
    country: str = "86"
    snapshot: bool = False

    def open_id(self, app_id: str) -> str:
        return "o" + hashlib.sha256(f"{app_id} {self.name}".encode()).hexdigest()[:27]


@dataclass
class Grant:
    account: Account
    app_id: str
    scope: str
    made_at: float
    used: bool = False


@dataclass
class Wechat:
    """Who holds the phone is `holder`; `clock` moves as the test says; `faults` are the next answers, by path."""

    secrets: dict[str, str]
    holder: Account = field(default_factory=lambda: Account("nobody"))
    now: float = field(default_factory=time.time)
    faults: dict[str, list[int]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    grants: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    tickets: dict[str, float] = field(default_factory=dict)
    person_tokens: dict[str, Grant] = field(default_factory=dict)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/connect/oauth2/authorize", self.authorize)
        for method, path, handler in (
            ("GET", "/sns/oauth2/access_token", self.access_token),
            ("GET", "/sns/userinfo", self.userinfo),
            ("GET", "/sns/jscode2session", self.session),
            ("POST", "/cgi-bin/stable_token", self.stable_token),
            ("GET", "/cgi-bin/ticket/getticket", self.ticket),
            ("POST", "/wxa/business/getuserphonenumber", self.phone),
        ):
            app.router.add_route(method, path, self._guarded(path, handler))
        return app

    def code(self, account: Account, app_id: str, scope: str = "app") -> str:
        code = secrets.token_hex(16)
        self.grants[code] = Grant(account, app_id, scope, self.now)
        return code

    async def authorize(self, request: web.Request) -> web.Response:
        query = request.query
        wrong = query.get("appid") not in self.secrets or query.get("response_type") != "code"
        state = query.get("state", "")
        if wrong or len(state) > 128 or not (state.isalnum() and state.isascii()):
            return web.Response(text="redirect_uri 参数错误")
        assert query["scope"] in ("snsapi_base", "snsapi_userinfo")
        code = self.code(self.holder, query["appid"], query["scope"])
        joint = "&" if "?" in query["redirect_uri"] else "?"
        return web.Response(
            status=302, headers={"location": f"{query['redirect_uri']}{joint}code={code}&state={query['state']}"}
        )

    async def access_token(self, request: web.Request) -> dict[str, Any]:
        query = request.query
        self._check_secret(query)
        assert query["grant_type"] == "authorization_code"
        grant = self._take(query["code"], query["appid"])
        token = secrets.token_hex(20)
        self.person_tokens[token] = grant
        answer: dict[str, Any] = {
            "access_token": token,
            "expires_in": TOKEN_S,
            "refresh_token": secrets.token_hex(20),
            "openid": grant.account.open_id(grant.app_id),
            "scope": grant.scope,
        }
        if grant.account.snapshot:
            answer["is_snapshotuser"] = 1
        if grant.scope == "snsapi_userinfo" and grant.account.union:
            answer["unionid"] = grant.account.union
        return answer

    async def userinfo(self, request: web.Request) -> dict[str, Any]:
        grant = self.person_tokens.get(request.query["access_token"])
        if grant is None:
            raise Fault(40001)
        if grant.scope != "snsapi_userinfo":
            raise Fault(48001)
        open_id = grant.account.open_id(grant.app_id)
        if request.query["openid"] != open_id:
            raise Fault(40003)
        union = {"unionid": grant.account.union} if grant.account.union else {}
        return {"openid": open_id, "nickname": "微信用户", "privilege": []} | union

    async def session(self, request: web.Request) -> dict[str, Any]:
        query = request.query
        self._check_secret(query)
        grant = self._take(query["js_code"], query["appid"])
        union = {"unionid": grant.account.union} if grant.account.union else {}
        return {"openid": grant.account.open_id(grant.app_id), "session_key": secrets.token_hex(8)} | union

    async def stable_token(self, request: web.Request) -> dict[str, Any]:
        body = await request.json()
        self._check_secret(body)
        assert body["grant_type"] == "client_credential"
        token, until = self.tokens.get(body["appid"], ("", 0.0))
        if self.now >= until:  # the same token until it expires
            token, until = secrets.token_hex(40), self.now + TOKEN_S
            self.tokens[body["appid"]] = (token, until)
        return {"access_token": token, "expires_in": int(until - self.now)}

    async def ticket(self, request: web.Request) -> dict[str, Any]:
        self._check_token(request)
        assert request.query["type"] == "jsapi"
        ticket = secrets.token_hex(20)
        self.tickets[ticket] = self.now + TOKEN_S
        return {"errcode": 0, "errmsg": "ok", "ticket": ticket, "expires_in": TOKEN_S}

    async def phone(self, request: web.Request) -> dict[str, Any]:
        app_id = self._check_token(request)
        grant = self._take((await request.json())["code"], app_id)
        number, country = grant.account.phone, grant.account.country
        return {
            "errcode": 0,
            "errmsg": "ok",
            "phone_info": {
                "phoneNumber": number if country == "86" else f"+{country}{number}",
                "purePhoneNumber": number,
                "countryCode": country,
                "watermark": {"timestamp": int(self.now), "appid": app_id},
            },
        }

    def page_accepts(self, signature: dict[str, Any], url: str) -> bool:
        """What the JS-SDK inside WeChat does with wx.config."""
        for ticket, until in self.tickets.items():
            parts = {
                "jsapi_ticket": ticket,
                "noncestr": signature["nonce"],
                "timestamp": str(signature["timestamp"]),
                "url": url.split("#")[0],
            }
            text = "&".join(f"{name}={parts[name]}" for name in sorted(parts))
            if hashlib.sha1(text.encode()).hexdigest() == signature["signature"]:
                return self.now < until
        return False

    def _take(self, code: str, app_id: str) -> Grant:
        grant = self.grants.get(code)
        if grant is None or grant.app_id != app_id:
            raise Fault(40029)
        if grant.used:
            raise Fault(40163)
        if self.now - grant.made_at > CODE_S:
            raise Fault(42003 if grant.scope != "app" else 40029)
        grant.used = True
        return grant

    def _check_secret(self, given: Any) -> None:
        if given["appid"] not in self.secrets:
            raise Fault(40013)
        if given["secret"] != self.secrets[given["appid"]]:
            raise Fault(40125)

    def _check_token(self, request: web.Request) -> str:
        given = request.query.get("access_token", "")
        for app_id, (token, until) in self.tokens.items():
            if token == given:
                if self.now >= until:
                    raise Fault(42001)
                return app_id
        raise Fault(40001)

    def _guarded(self, path: str, handler: Any) -> Any:
        async def handle(request: web.Request) -> web.Response:
            self.calls.append(path)
            queue = self.faults.get(path, [])
            try:
                if queue:
                    raise Fault(queue.pop(0))
                answer = await handler(request)
            except Fault as fault:
                answer = {"errcode": fault.code, "errmsg": f"about {fault.code}, rid: 1"}
            return web.Response(text=json.dumps(answer), content_type="text/plain")

        return handle


class Fault(Exception):
    def __init__(self, code: int) -> None:
        self.code = code
