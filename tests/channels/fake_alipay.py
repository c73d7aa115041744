"""A stand-in for openauth.alipay.com and openapi.alipay.com, written from their documents: it checks each request's RSA2 signature
and signs each answer. Shares no code with the adapter."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


@cache
def key_of(whom: str) -> rsa.RSAPrivateKey:
    """Made once in a run: it takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def bare(key: rsa.RSAPrivateKey) -> str:
    """As Alipay's key tool writes it: PKCS#8 without armour."""
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return base64.b64encode(der).decode()


def bare_public(key: rsa.RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


@dataclass
class Alipay:
    app_id: str
    app_key: rsa.RSAPrivateKey
    """The app's; only its public half is used here."""
    own_key: rsa.RSAPrivateKey = field(default_factory=lambda: key_of("alipay"))
    holder: dict[str, str] = field(default_factory=lambda: {"open_id": "074nobody", "user_id": "2088000000000000"})
    codes: dict[str, dict[str, str] | None] = field(default_factory=dict)
    fault: str = ""
    forge: bool = False

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/oauth2/publicAppAuthorize.htm", self.authorize)
        app.router.add_post("/gateway.do", self.gateway)
        return app

    async def authorize(self, request: web.Request) -> web.Response:
        query = request.query
        assert query["app_id"] == self.app_id
        assert query["scope"] in ("auth_base", "auth_user")
        code = secrets.token_hex(16)
        self.codes[code] = dict(self.holder)
        joint = "&" if "?" in query["redirect_uri"] else "?"
        back = f"{query['redirect_uri']}{joint}app_id={self.app_id}&source=alipay_wallet&scope={query['scope']}"
        return web.Response(status=302, headers={"location": f"{back}&state={query['state']}&auth_code={code}"})

    async def gateway(self, request: web.Request) -> web.Response:
        form = {str(name): str(value) for name, value in (await request.post()).items()}
        if fault := self.fault or self._fault(form):
            code = "20000" if fault.startswith("isp.") else "40002"
            return self._answer(
                "error_response",
                {"code": code, "msg": "Invalid Arguments", "sub_code": fault, "sub_msg": f"关于 {fault}"},
                unsigned=fault == "isv.invalid-signature",
            )
        who = self.codes.pop(form["code"], None)
        if who is None:
            return self._answer(
                "error_response",
                {
                    "code": "40002",
                    "msg": "Invalid Arguments",
                    "sub_code": "isv.code-invalid",
                    "sub_msg": "授权码code无效",
                },
            )
        token = {"access_token": secrets.token_hex(16), "expires_in": 1296000, "re_expires_in": 2592000}
        return self._answer("alipay_system_oauth_token_response", who | token)

    def _fault(self, form: dict[str, str]) -> str:
        if form.get("app_id") != self.app_id:
            return "isv.invalid-app-id"
        content = "&".join(f"{k}={v}" for k, v in sorted(form.items()) if k != "sign" and v != "")
        try:
            self.app_key.public_key().verify(
                base64.b64decode(form.get("sign", "")), content.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            return "isv.invalid-signature"
        if (form["sign_type"], form["charset"], form["version"]) != ("RSA2", "utf-8", "1.0"):
            return "isv.invalid-signature-type"
        beijing = datetime.strptime(form["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone(timedelta(hours=8)))
        if abs(datetime.now(UTC) - beijing) > timedelta(minutes=10):
            return "isv.invalid-timestamp"
        if form["method"] != "alipay.system.oauth.token":
            return "isv.invalid-method"
        if form["grant_type"] != "authorization_code":
            return "isv.grant-type-invalid"
        return ""

    def _answer(self, name: str, content: dict[str, Any], *, unsigned: bool = False) -> web.Response:
        # as the gateway does it: compact, with escaped slashes, so that signing it anew from parsed values would fail
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
        key = key_of("forger") if self.forge else self.own_key
        signature = base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
        signed = "" if unsigned else f',"sign":"{signature}"'
        return web.Response(text=f'{{"{name}":{text}{signed}}}', content_type="text/html", charset="utf-8")
