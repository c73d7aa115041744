"""OpenID Connect: authorization code with PKCE, state and nonce, at whatever provider the operator names.

OpenID Connect Core 1.0 and Discovery 1.0, RFC 7636 (PKCE), RFC 9700 (today's practice).
"""

import base64
import hashlib
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from lianfang.channels.model import Attempt, Identity, RefusedError, UnavailableError
from lianfang.channels.outside import ask, ask_json

# signatures with a provider's published key; never `none`, never HS256 with a key of ours
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "Ed25519", "EdDSA"]
LEEWAY_S = 60
METADATA_S = 3600.0
KEYS_S = 600.0
KEYS_AGAIN_S = 30.0  # an unknown key is looked for this often at most: whoever makes up tokens must not make us ask


class _Metadata(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Oidc:
    """One client at one provider."""

    def __init__(self, http: aiohttp.ClientSession, issuer: str, client_id: str, client_secret: str) -> None:
        self._http = http
        self._issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._metadata: tuple[float, _Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def authorize_url(self, attempt: Attempt, redirect_uri: str, *, tapped: bool) -> str:
        metadata = await self._discover()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid",  # who they are, and nothing about them
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in metadata.authorization_endpoint else "?"
        return f"{metadata.authorization_endpoint}{joint}{urlencode(query)}"

    async def identify(self, answer: Mapping[str, str], attempt: Attempt, redirect_uri: str) -> Identity:
        metadata = await self._discover()
        # RFC 9207: a provider that names itself must be the one we asked
        if answer.get("iss", metadata.issuer) != metadata.issuer:
            raise RefusedError("another issuer")
        code = answer.get("code")
        if not code:
            raise RefusedError(answer.get("error", "cancelled")[:40])
        token = await self._exchange(metadata, code, attempt, redirect_uri)
        claims = await self._claims(metadata, str(token.get("id_token", "")), attempt.nonce)
        return Identity((f"{metadata.issuer} {claims['sub']}",))

    async def _exchange(self, metadata: _Metadata, code: str, attempt: Attempt, redirect_uri: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": attempt.verifier,
            "client_id": self._client_id,
        }
        headers = {"accept": "application/json"}
        if self._client_secret and "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            # RFC 6749 2.3.1: both parts are form-encoded first
            pair = f"{quote(self._client_id, safe='')}:{quote(self._client_secret, safe='')}"
            headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        elif self._client_secret:
            form["client_secret"] = self._client_secret
        body = await ask(
            self._http, "POST", metadata.token_endpoint, data=form, headers=headers, accept=(200, 400, 401)
        )
        try:
            token = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.DecodeError:
            raise UnavailableError("not JSON") from None
        if error := token.get("error"):
            # only invalid_grant is about the person's code; the rest is about our client
            raise (RefusedError if error == "invalid_grant" else UnavailableError)(str(error)[:40])
        return token

    async def _claims(self, metadata: _Metadata, id_token: str, nonce: str) -> dict[str, Any]:
        try:
            try:
                token = jwt.decode(id_token, await self._key_set(metadata), algorithms=ALGORITHMS)
            except (InvalidKeyIdError, ValueError):  # a key that is newer than our copy
                token = jwt.decode(id_token, await self._key_set(metadata, fresh=True), algorithms=ALGORITHMS)
            registry = jwt.JWTClaimsRegistry(
                leeway=LEEWAY_S,
                iss={"essential": True, "value": metadata.issuer},
                aud={"essential": True, "value": self._client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            registry.validate(token.claims)
        except (JoseError, ValueError) as error:
            raise RefusedError(type(error).__name__) from None
        audience = token.claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and token.claims.get("azp") != self._client_id:
            raise RefusedError("azp")
        return token.claims

    async def _discover(self) -> _Metadata:
        if self._metadata and time.monotonic() - self._metadata[0] < METADATA_S:
            return self._metadata[1]
        raw = await ask_json(self._http, "GET", f"{self._issuer}/.well-known/openid-configuration")
        try:
            metadata = msgspec.convert(raw, _Metadata)
        except msgspec.ValidationError:
            raise UnavailableError("discovery") from None
        if metadata.issuer.rstrip("/") != self._issuer:  # Discovery 4.3: otherwise anybody's document would do
            raise UnavailableError("discovery of another issuer")
        self._metadata = (time.monotonic(), metadata)
        return metadata

    async def _key_set(self, metadata: _Metadata, *, fresh: bool = False) -> KeySet:
        if self._keys and time.monotonic() - self._keys[0] < (KEYS_AGAIN_S if fresh else KEYS_S):
            return self._keys[1]
        raw = await ask_json(self._http, "GET", metadata.jwks_uri)
        try:
            keys = KeySet.import_key_set(raw)  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError):
            raise UnavailableError("key set") from None
        self._keys = (time.monotonic(), keys)
        return keys


def challenge(verifier: str) -> str:
    """RFC 7636, S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
