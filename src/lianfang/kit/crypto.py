"""Keys derived from one master secret: field encryption, blind indexes, signed tokens, role passwords."""

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"  # first byte of every ciphertext, so that keys can be rotated later
_NONCE = 12
_MAC = 16
_URLSAFE = bytes.maketrans(b"-_", b"+/")
MASTER_BYTES = 32


class DecryptionError(ValueError):
    """The ciphertext does not belong to this key and place."""


class Keys:
    """All keys of an installation. Losing the master secret loses every encrypted field."""

    def __init__(self, master: bytes) -> None:
        if len(master) < MASTER_BYTES:
            raise ValueError(f"the master secret needs at least {MASTER_BYTES} bytes")
        self._master = master
        self._aead = AESGCM(self._derive("field encryption"))
        self._index = hmac.new(self._derive("blind index"), digestmod="sha256")
        self._token = self._derive("resident token")
        self._code = self._derive("one-time code")

    def _derive(self, purpose: str) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=b"lianfang/" + purpose.encode()).derive(self._master)

    def encrypt(self, text: str, place: str) -> bytes:
        """AES-256-GCM, bound to its place (`people.name:42`): moved to another row or column it no longer decrypts."""
        return self.encrypt_bytes(text.encode(), place)

    def decrypt(self, data: bytes, place: str) -> str:
        """The text that was encrypted for this place; DecryptionError for anything else."""
        return self.decrypt_bytes(data, place).decode()

    def encrypt_bytes(self, data: bytes, place: str) -> bytes:
        """The same for what is not text."""
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._aead.encrypt(nonce, data, place.encode())

    def decrypt_bytes(self, data: bytes, place: str) -> bytes:
        """The bytes that were encrypted for this place; DecryptionError for anything else."""
        if data[:1] != _VERSION or len(data) <= 1 + _NONCE:
            raise DecryptionError("unknown key version, or cut short")
        try:
            return self._aead.decrypt(data[1 : 1 + _NONCE], data[1 + _NONCE :], place.encode())
        except InvalidTag:
            raise DecryptionError(f"not encrypted for {place.split(':')[0]}") from None

    def blind_index(self, field: str, value: str) -> bytes:
        """16 bytes by which equal values meet without being readable (keyed HMAC-SHA-256, truncated)."""
        mac = self._index.copy()  # the key's own two blocks are hashed once: half the time, and lists have millions
        mac.update(f"{field}:{value}".encode())
        return mac.digest()[:16]

    def code_digest(self, target: str, code: str) -> bytes:
        """What is stored of a one-time code."""
        return hmac.digest(self._code, f"{target}:{code}".encode(), "sha256")

    def sign(self, payload: bytes) -> str:
        """128-bit MAC + payload, base64url: a token that is verified in memory."""
        return base64.urlsafe_b64encode(self._mac(payload) + payload).rstrip(b"=").decode()

    def unsign(self, token: str) -> bytes | None:
        """The payload of a token of ours, or None."""
        try:
            raw = binascii.a2b_base64(token.encode().translate(_URLSAFE) + b"==")
        except ValueError:
            return None
        payload = raw[_MAC:]
        return payload if hmac.compare_digest(raw[:_MAC], self._mac(payload)) else None

    def _mac(self, payload: bytes) -> bytes:
        """BLAKE2b with a key (RFC 7693) is a MAC by itself, at a tenth of what OpenSSL needs to look up HMAC and SHA-256."""
        return hashlib.blake2b(payload, key=self._token, digest_size=_MAC).digest()

    def role_password(self, role: str) -> str:
        """The database password of one of our roles."""
        return base64.urlsafe_b64encode(self._derive(f"database role {role}")).decode()


def digest(data: bytes) -> bytes:
    """16 bytes by which two contents are compared."""
    return hashlib.blake2b(data, digest_size=16).digest()
