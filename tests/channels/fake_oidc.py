"""A stand-in for an OpenID provider, written from OpenID Connect Core, Discovery and RFC 7636: one-time codes bound to client,
address and PKCE, ID tokens signed with a published key that can be changed. Signs with `cryptography` alone."""

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.channels.fake_alipay import key_of

CLIENT, SECRET = "lianfang", "a secret & more: 50%"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Provider:
    """Whoever comes is `subject`. `spoil` changes the claims, `header` the token's header, before it is signed."""

    subject: str = "zhang.san"
    issuer: str = ""
    key: rsa.RSAPrivateKey = field(default_factory=lambda: key_of("oidc"))
    kid: str = "k1"
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    spoil: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    signing_key: rsa.RSAPrivateKey | None = None
    deny: bool = False
    down: bool = False
    asked: list[str] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self.discovery)
        app.router.add_get("/authorize", self.authorize)
        app.router.add_post("/token", self.token)
        app.router.add_get("/jwks", self.jwks)
        return app

    def change_key(self) -> None:
        self.key, self.kid = key_of("oidc later"), self.kid + "x"

    async def discovery(self, request: web.Request) -> web.Response:
        self.asked.append("discovery")
        if self.down:
            return web.Response(status=502, text="<html>Bad Gateway</html>")
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    async def authorize(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        assert query["client_id"] == CLIENT
        assert query["response_type"] == "code"
        assert "openid" in query["scope"].split()
        assert query["code_challenge_method"] == "S256"
        assert len(query["code_challenge"]) == 43
        answer = {"state": query["state"], "iss": self.issuer}
        if self.deny:
            answer["error"] = "access_denied"
        else:
            answer["code"] = code = secrets.token_urlsafe(16)
            self.codes[code] = query | {"sub": self.subject}
        return web.Response(status=302, headers={"location": f"{query['redirect_uri']}?{urlencode(answer)}"})

    async def token(self, request: web.Request) -> web.Response:
        self.asked.append("token")
        scheme, _, pair = request.headers.get("authorization", "").partition(" ")
        client, _, secret = base64.b64decode(pair).decode().partition(":")
        if scheme != "Basic" or (unquote(client), unquote(secret)) != (CLIENT, SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        form = await request.post()
        grant = self.codes.pop(str(form["code"]), None)
        verifier = str(form.get("code_verifier", ""))
        if (
            grant is None
            or form["grant_type"] != "authorization_code"
            or form["redirect_uri"] != grant["redirect_uri"]
            or not 43 <= len(verifier) <= 128
            or b64(hashlib.sha256(verifier.encode()).digest()) != grant["code_challenge"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": grant["sub"],
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": grant["nonce"],
        } | self.spoil
        claims = {name: value for name, value in claims.items() if value is not None}
        token = self.signed(claims)
        return web.json_response(
            {"access_token": secrets.token_hex(8), "token_type": "Bearer", "expires_in": 300, "id_token": token}
        )

    async def jwks(self, request: web.Request) -> web.Response:
        self.asked.append("jwks")
        numbers = self.key.public_key().public_numbers()

        def number(value: int) -> str:
            return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))

        key = {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": number(numbers.n),
            "e": number(numbers.e),
        }
        return web.json_response({"keys": [key]})

    def signed(self, claims: dict[str, Any]) -> str:
        header = {"alg": "RS256", "typ": "JWT", "kid": self.kid} | self.header
        text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
        if header["alg"] == "none":
            return text + "."
        key = self.signing_key or self.key
        return f"{text}.{b64(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"
