"""A stand-in for dysmsapi.aliyuncs.com. It checks each signature anew, from the request as it arrived, following the provider's
document step by step and sharing no code with the adapter."""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote

from aiohttp import web
from aiohttp.test_utils import TestServer

KEY_ID, KEY_SECRET = "LTAI-test", "test-secret"
UNRESERVED = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
AUTHORIZATION = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})")


class Provider:
    """Answers what `answers` says, in turn, then OK for everything."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str] | str] = []
        self.messages: list[dict[str, str]] = []
        self.requests = 0
        self.nonces: set[str] = set()

    async def handle(self, request: web.Request) -> web.Response:
        self.requests += 1
        if fault := self._fault(request, await request.read()):
            return _answer(400, fault)
        answer = self.answers.pop(0) if self.answers else (200, "OK")
        if answer == "silence":
            await asyncio.sleep(30)
        if answer == "error page":
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        assert isinstance(answer, tuple)
        status, code = answer
        if code == "OK":
            self.messages.append(dict(parse_qsl(request.query_string, strict_parsing=True)))
            return web.json_response(
                {"Code": "OK", "Message": "OK", "RequestId": "r", "BizId": f"biz-{len(self.messages)}^0"}
            )
        return _answer(status, code)

    def _fault(self, request: web.Request, body: bytes) -> str | None:
        headers = {name.lower(): value.strip() for name, value in request.headers.items()}
        match = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if not match:
            return "IncompleteSignature"
        key_id, signed, signature = match.groups()
        if key_id != KEY_ID:
            return "InvalidAccessKeyId.NotFound"
        if headers["x-acs-signature-nonce"] in self.nonces:
            return "SignatureNonceUsed"
        self.nonces.add(headers["x-acs-signature-nonce"])
        sent_at = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if abs((datetime.now(UTC) - sent_at).total_seconds()) > 900:
            return "InvalidTimeStamp.Expired"
        # every header of these kinds that is there must be signed
        relevant = sorted(n for n in headers if n.startswith("x-acs-") or n in ("host", "content-type"))
        payload = hashlib.sha256(body).hexdigest()
        if signed != ";".join(relevant) or headers["x-acs-content-sha256"] != payload:
            return "SignatureDoesNotMatch"
        pairs = sorted(part.partition("=")[::2] for part in request.rel_url.raw_query_string.split("&"))
        query = "&".join(f"{_encode(unquote(name))}={_encode(unquote(value))}" for name, value in pairs)
        canonical = "\n".join(
            [
                request.method.upper(),
                "/",
                query,
                "".join(f"{name}:{headers[name]}\n" for name in relevant),
                signed,
                payload,
            ]
        )
        to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        ours = hmac.new(KEY_SECRET.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(ours, signature):
            return "SignatureDoesNotMatch"
        if headers["x-acs-action"] != "SendSms" or headers["x-acs-version"] != "2017-05-25":
            return "InvalidAction.NotFound"
        names = dict(pairs)
        for required in ("PhoneNumbers", "SignName", "TemplateCode"):
            if not names.get(required):
                return f"Missing{required}"
        parameters = json.loads(unquote(names.get("TemplateParam", "{}")))
        if not all(isinstance(value, str) for value in parameters.values()):
            return "isv.INVALID_JSON_PARAM"
        return None


def _encode(text: str) -> str:
    return "".join(c if c in UNRESERVED else "".join(f"%{byte:02X}" for byte in c.encode()) for c in text)


def _answer(status: int, code: str) -> web.Response:
    return web.json_response({"Code": code, "Message": f"about {code}", "RequestId": "r"}, status=status)


@asynccontextmanager
async def serve(provider: Provider) -> AsyncIterator[str]:
    """Its base URL."""
    app = web.Application()
    app.router.add_route("*", "/", provider.handle)
    server = TestServer(app)
    await server.start_server()
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        await server.close()
