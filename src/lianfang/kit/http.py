"""A few lines of raw ASGI for handlers that stand in front of the router."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from lianfang.kit.errors import CROSS_SITE, MEDIA_TYPE, Language, Problem, choose_language, response_parts

AsgiScope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

JSON_HEADERS = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


class Headers:
    """The request headers that we look at."""

    __slots__ = ("_headers",)

    def __init__(self, raw: Mapping[bytes, bytes] | Iterable[tuple[bytes, bytes]]) -> None:
        self._headers = dict(raw)

    def get(self, name: bytes) -> str:
        value = self._headers.get(name)
        return value.decode("latin-1") if value else ""

    def cookie(self, name: str) -> str:
        sent = self.get(b"cookie")
        if name not in sent:  # the usual case of most names, at a fifth of the cost
            return ""
        for part in sent.split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                return value.strip('"')
        return ""

    @property
    def bearer(self) -> str:
        scheme, _, token = self.get(b"authorization").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    @property
    def length(self) -> int:
        text = self.get(b"content-length")
        return int(text) if text.isdecimal() else 0

    @property
    def has_body(self) -> bool:
        """Whether a body follows, or its type is declared, as a form on another site always does."""
        return bool(self.length or self.get(b"transfer-encoding") or self.get(b"content-type"))

    @property
    def language(self) -> Language:
        return choose_language(self.get(b"accept-language"), self.cookie("lf_lang"))


def check_media_type(headers: Headers, expected: str = "application/json") -> None:
    """A body that is not declared as JSON (or as mere octets, for an upload) is refused: a form on another site cannot
    declare either."""
    declared = headers.get(b"content-type")
    if declared != expected and declared.partition(";")[0].strip().lower() != expected:
        raise MEDIA_TYPE(expected=expected)


def check_same_site(headers: Headers, hosts: frozenset[str]) -> None:
    """Refuses what another site's page sends with our cookies. Programs send neither header and carry no cookie jar of a browser."""
    site = headers.get(b"sec-fetch-site")
    if site in ("same-origin", "none"):
        return
    origin = headers.get(b"origin")
    if site or origin:
        host = urlsplit(origin).netloc
        if not host or (host not in hosts and host != headers.get(b"host")):
            raise CROSS_SITE()


def head(status: int, headers: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
    """The status line and the headers of an answer at the express counter."""
    line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
    return line + b"".join(b"%b: %b\r\n" % header for header in headers)


async def respond(send: Send, status: int, body: bytes) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*JSON_HEADERS, (b"content-length", str(len(body)).encode())],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def respond_problem(send: Send, problem: Problem, language: Language) -> None:
    status, headers, body = response_parts(problem, language)
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
