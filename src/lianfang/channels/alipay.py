"""Alipay's login by redirect (publicAppAuthorize, then alipay.system.oauth.token), signed with RSA2 in both directions.

Documents: opendocs.alipay.com/open/284/web, …/open/02xtla (alipay.system.oauth.token), …/common/02mse3 (signing by oneself).
"""

import base64
import re
from collections.abc import Mapping
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import aiohttp
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from lianfang.channels.model import Attempt, Identity, RefusedError, UnavailableError
from lianfang.channels.outside import ask
from lianfang.kit.clock import now

METHOD = "alipay.system.oauth.token"
ANSWER = "alipay_system_oauth_token_response"
BEIJING = ZoneInfo("Asia/Shanghai")  # its gateway's clock, wherever we run
_ARMOUR = re.compile(r"-----[^-]+-----|\s")


def private_key(text: str) -> RSAPrivateKey:
    """From PEM or from the bare base64 that Alipay's key tool gives (PKCS#8 or PKCS#1); ValueError otherwise."""
    key = load_der_private_key(base64.b64decode(_ARMOUR.sub("", text)), None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key


def public_key(text: str) -> RSAPublicKey:
    """The same for Alipay's public key."""
    key = load_der_public_key(base64.b64decode(_ARMOUR.sub("", text)))
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA key")
    return key


class Alipay:
    """One app at Alipay's gateway."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        gateway_url: str,
        authorize_url: str,
        app_id: str,
        key: RSAPrivateKey,
        alipay_key: RSAPublicKey,
    ) -> None:
        self._http = http
        self._gateway_url = gateway_url
        self._authorize_url = authorize_url
        self._app_id = app_id
        self._key = key
        self._alipay_key = alipay_key

    async def authorize_url(self, attempt: Attempt, redirect_uri: str, *, tapped: bool) -> str:
        scope = "auth_user" if tapped else "auth_base"
        query = {"app_id": self._app_id, "scope": scope, "redirect_uri": redirect_uri, "state": attempt.state}
        return f"{self._authorize_url}?{urlencode(query)}"

    async def identify(self, answer: Mapping[str, str], attempt: Attempt, redirect_uri: str) -> Identity:
        code = answer.get("auth_code")
        if not code or answer.get("app_id", self._app_id) != self._app_id:
            raise RefusedError("cancelled")
        form = {
            "app_id": self._app_id,
            "method": METHOD,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": f"{now().astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
            "version": "1.0",
            "grant_type": "authorization_code",
            "code": code,
        }
        form["sign"] = sign(self._key, form)
        text = (await ask(self._http, "POST", self._gateway_url, data=form)).decode("utf-8", "replace")
        token = verified(self._alipay_key, text)
        # older apps are told a user_id (2088…), newer ones an open_id of their own, some both: all lead to the person
        names = [f"{kind}:{token[kind]}" for kind in ("open_id", "user_id") if token.get(kind)]
        if not names:
            raise UnavailableError("nobody named")
        union = token.get("union_id")
        return Identity(tuple(f"{self._app_id}:{name}" for name in names), f"alipay:{union}" if union else None)


def to_sign(form: Mapping[str, str]) -> bytes:
    """Without the signature and empty values, sorted by name, joined as they are (not URL-encoded)."""
    return "&".join(f"{name}={form[name]}" for name in sorted(form) if name != "sign" and form[name]).encode()


def sign(key: RSAPrivateKey, form: Mapping[str, str]) -> str:
    return base64.b64encode(key.sign(to_sign(form), PKCS1v15(), SHA256())).decode()


def verified(key: RSAPublicKey, text: str) -> Mapping[str, str]:
    """The answer inside a signed response. RefusedError: the code is not good; UnavailableError: anything else.

    The signature is over the answer's characters exactly as they were sent, so they are cut out rather than written anew.
    """
    try:
        response = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        name = next(name for name in (ANSWER, "error_response") if name in response)
        raw = bytes(response[name])
        answer = msgspec.json.decode(raw, type=dict[str, str | int | None])
        signature = base64.b64decode(msgspec.json.decode(response.get("sign", msgspec.Raw(b'""')), type=str))
    except (msgspec.DecodeError, StopIteration, ValueError):
        raise UnavailableError("not understood") from None
    code = str(answer.get("sub_code") or answer.get("code") or "")
    try:
        key.verify(signature, raw, PKCS1v15(), SHA256())
    except InvalidSignature:
        # an error about our own signature comes unsigned; nothing is believed of it but that it failed
        raise UnavailableError(f"unsigned: {code[:40]}" if name != ANSWER else "signature") from None
    if name == ANSWER and "sub_code" not in answer:
        return {key: str(value) for key, value in answer.items() if value is not None}
    if code in ("isv.code-invalid", "isv.grant-type-invalid", "isv.refreshed-token-invalid"):
        raise RefusedError(code)
    raise UnavailableError(code[:60])
