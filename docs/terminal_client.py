"""A gate terminal in a few lines: python terminal_client.py enrol URL CODE, then … scan TYPE NUMBER NAME. See terminals.md.

Needs the packages cryptography and httpx. The key stays in terminal.json beside it: a real device keeps it in its secure element.
"""

import base64
import hashlib
import json
import os
import secrets
import sys
import time
import uuid
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEPT = Path("terminal.json")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Terminal:
    """`key_id`: the number that the server gave it; `enrol` until then."""

    def __init__(
        self, url: str, key: Ed25519PrivateKey, key_id: str = "enrol", transport: httpx.BaseTransport | None = None
    ) -> None:
        self.http = httpx.Client(base_url=url, timeout=10, transport=transport)
        self.key, self.key_id = key, key_id

    @property
    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def send(self, method: str, path: str, content: object = None) -> httpx.Response:
        """Signed as RFC 9421 says, over method, path and the digest of the body."""
        path = "/api/v1/terminals" + path
        body = b"" if content is None else json.dumps(content).encode()
        digest = f"sha-256=:{b64(hashlib.sha256(body).digest())}:"
        parameters = (
            f'("@method" "@path" "content-digest");created={int(time.time())};keyid="{self.key_id}"'
            f';nonce="{secrets.token_urlsafe(18)}";alg="ed25519"'
        )
        base = f'"@method": {method}\n"@path": {path}\n"content-digest": {digest}\n"@signature-params": {parameters}'
        headers = {
            "content-digest": digest,
            "signature-input": "sig1=" + parameters,
            "signature": f"sig1=:{b64(self.key.sign(base.encode()))}:",
        }
        if body:
            headers["content-type"] = "application/json"
        return self.http.request(method, path, content=body, headers=headers)

    def enrol(self, code: str) -> httpx.Response:
        """Hands in the public key with the code that the console shows."""
        answer = self.send("POST", "/enrol", {"code": code, "public_key": b64(self.public_key)})
        if answer.is_success:
            self.key_id = str(answer.json()["id"])
        return answer

    def scan(self, **who: object) -> httpx.Response:
        """`document`, `person` or `token`. Sent again with the same id until it is answered: it counts once."""
        return self.send("POST", "/scans", {"scan_id": str(uuid7()), **who})

    def rotate(self) -> httpx.Response:
        """Another key. The old one works until the new one has been used."""
        fresh = Ed25519PrivateKey.generate()
        public = fresh.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        answer = self.send("POST", "/me/key", {"public_key": b64(public), "proof": b64(fresh.sign(public))})
        if answer.is_success:
            self.key = fresh
        return answer


def uuid7() -> uuid.UUID:
    """RFC 9562: milliseconds, then chance."""
    bits = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10))
    return uuid.UUID(int=bits & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)


def main(arguments: list[str]) -> None:
    if arguments[0] == "enrol":
        terminal = Terminal(arguments[1], Ed25519PrivateKey.generate())
        answer = terminal.enrol(arguments[2])
        kept = {"url": arguments[1], "id": terminal.key_id, "key": b64(terminal.key.private_bytes_raw())}
        if answer.is_success:
            KEPT.touch(0o600)
            KEPT.write_text(json.dumps(kept))
    else:
        kept = json.loads(KEPT.read_text())
        key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(kept["key"]))
        document = dict(zip(("document_type", "document_number", "name"), arguments[1:], strict=True))
        answer = Terminal(kept["url"], key, kept["id"]).scan(document=document)
    print(answer.status_code, answer.text)


if __name__ == "__main__":
    main(sys.argv[1:])
