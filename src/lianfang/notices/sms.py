"""Text messages through Alibaba Cloud (dysmsapi 2017-05-25, SendSms), signed as ACS3-HMAC-SHA256.

Documents: help.aliyun.com/document_detail/2593177.html (signature), 55284.html (SendSms), 101346.html (error codes).
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from lianfang.config import Settings
from lianfang.kit.clock import now
from lianfang.notices.sender import TIMEOUT_S, DelayedError, RefusedError

ALGORITHM = "ACS3-HMAC-SHA256"
ACTION, VERSION = "SendSms", "2017-05-25"

# Passing troubles. Everything else a provider answers is about this message, this number or the contract: trying again changes nothing.
PASSING = (
    "isp.SYSTEM_ERROR",
    "isp.GATEWAY_ERROR",
    "isv.SYSTEM_ERROR",
    "Throttling",  # with .User, .Api and others after it
    "ServiceUnavailable",
    "InternalError",
    "SignatureNonceUsed",
)
# One message a minute to one number. The limits of an hour and a day have the same code: expiry ends those tries.
TOO_MANY_FOR_NUMBER = "isv.BUSINESS_LIMIT_CONTROL"
NUMBER_LIMIT_S = 60


class _Answer(msgspec.Struct, frozen=True, rename="pascal"):
    """Of both kinds of answers: the SMS service's own (HTTP 200) and the API gateway's (4xx, 5xx)."""

    code: str = ""
    biz_id: str = ""


class SmsGateway:
    """One account at the provider."""

    def __init__(self, http: aiohttp.ClientSession, settings: Settings) -> None:
        self._http = http
        self._base = URL(settings.sms_url)
        self._key_id = settings.sms_key_id
        self._key_secret = settings.sms_key_secret
        self._sign_name = settings.sms_sign_name

    async def send(self, phone: str, template: str, parameters: Mapping[str, str], reference: str) -> str:
        """The provider's id of the message it took. RefusedError: never; DelayedError: try again.

        SendSms is not idempotent: after a timeout the message may be on its way, and trying again may send it twice.
        """
        query = {
            "OutId": reference,
            "PhoneNumbers": phone,
            "SignName": self._sign_name,
            "TemplateCode": template,
            "TemplateParam": json.dumps(parameters, ensure_ascii=False),
        }
        # encoded by us, because the bytes on the wire must be those that were signed
        url = URL(f"{self._base.origin()}/?{canonical_query(query)}", encoded=True)
        headers = signed_headers(
            self._key_id,
            self._key_secret,
            host=self._base.host_port_subcomponent or "",
            query=query,
            at=now(),
            nonce=secrets.token_hex(16),
        )
        try:
            # there is no body, hence no Content-Type: a header of this kind that is sent must also be signed
            async with self._http.post(url, headers=headers, skip_auto_headers=["Content-Type"]) as response:
                status, body = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DelayedError(type(error).__name__) from error
        return _message_id(status, body)


@asynccontextmanager
async def open_gateway(settings: Settings) -> AsyncIterator[SmsGateway | None]:
    """The gateway of the settings; None where there is none."""
    if not settings.sms_url:
        yield None
        return
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as http:
        yield SmsGateway(http, settings)


def _message_id(status: int, body: bytes) -> str:
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except msgspec.DecodeError:  # an error page of something in between
        answer = _Answer()
    code = answer.code or f"HTTP {status}"
    if status == 200 and answer.code == "OK":
        return answer.biz_id
    if code == TOO_MANY_FOR_NUMBER:
        raise DelayedError(code, NUMBER_LIMIT_S)
    if status >= 500 or status == 429 or code.startswith(PASSING) or not answer.code:
        raise DelayedError(code)
    raise RefusedError(code)


def signed_headers(
    key_id: str,
    key_secret: str,
    *,
    host: str,
    query: Mapping[str, str],
    at: datetime,
    nonce: str,
    action: str = ACTION,
    version: str = VERSION,
) -> dict[str, str]:
    """The headers of a POST without a body, the signature among them."""
    empty = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": empty,
        "x-acs-date": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = "\n".join(("POST", "/", canonical_query(query), lines, names, empty))
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(key_secret.encode(), to_sign.encode(), "sha256").hex()
    headers["authorization"] = f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"
    return headers


def canonical_query(query: Mapping[str, str]) -> str:
    """Sorted by name, RFC 3986 encoded."""
    return "&".join(f"{quote(name, safe='~')}={quote(query[name], safe='~')}" for name in sorted(query))
