"""The built web pages: three faces and their hashed assets."""

import gzip
import mimetypes
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from litestar import HttpMethod, Request, Response, get, route
from litestar.handlers import HTTPRouteHandler

from lianfang.access.rules import PUBLIC
from lianfang.config import PAGES_DIR, Settings
from lianfang.kit.errors import NOT_FOUND, ProblemType
from lianfang.kit.http import Send

COMPRESSED = {".js", ".css", ".svg", ".json", ".webmanifest", ".wasm"}
# one name without a path, so that nothing outside the directory can be asked for
VERIFICATION = re.compile(r"[A-Za-z0-9_-]{1,80}\.(txt|html)")
VERIFICATION_MAX = 4096
DIST = PAGES_DIR
NOT_BUILT = ProblemType(
    "pages_not_built", 503, "页面尚未构建，请先运行 make setup。", "The pages have not been built yet; run make setup."
)
# style-src: the component libraries set inline styles; wasm: the camera's QR reader
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'self' 'wasm-unsafe-eval'; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
)
_SECURITY = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"camera=(self), geolocation=(self), microphone=()"),
]


def with_security_headers(send: Send) -> Any:
    async def sending(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            present = {key.lower() for key, _ in headers}
            if b"cache-control" not in present:
                headers.append((b"cache-control", b"no-store"))
            message = {**message, "headers": headers + [pair for pair in _SECURITY if pair[0] not in present]}
        await send(message)

    return sending


def _page(name: str) -> Response[bytes]:
    try:
        content = (DIST / name).read_bytes()
    except FileNotFoundError:
        raise NOT_BUILT(retry_after_s=10) from None
    return Response(content, media_type="text/html", headers={"cache-control": "no-cache"})


def page(path: str | list[str]) -> HTTPRouteHandler:
    """A page's address. Links are often asked for their head first: by monitors, by messengers that draw a preview."""
    methods = [HttpMethod.GET, HttpMethod.HEAD]
    return route(path, http_method=methods, include_in_schema=False, sync_to_thread=False, **PUBLIC)


@page("/")
def landing() -> Response[bytes]:
    """The three faces."""
    return _page("index.html")


@page(["/v/{code:str}", "/h5", "/h5/{path:path}"])
def citizen(settings: Settings, code: str = "", path: str = "") -> Response[bytes]:
    """The resident's pages. /v/CODE is the plain link in every QR code; a platform looks for its verification file beside."""
    return _verification(settings, code) if VERIFICATION.fullmatch(code) else _page("citizen.html")


@page("/{name:str}")
def verification(settings: Settings, name: str) -> Response[bytes]:
    """A platform's domain verification file, such as MP_verify_….txt."""
    return _verification(settings, name)


def _verification(settings: Settings, name: str) -> Response[bytes]:
    path = Path(settings.verification_dir) / name
    if not settings.verification_dir or not VERIFICATION.fullmatch(name) or not path.is_file():
        raise NOT_FOUND()
    return Response(path.read_bytes()[:VERIFICATION_MAX], media_type="text/plain")


@page(["/gate", "/gate/{path:path}"])
def gate(path: str = "") -> Response[bytes]:
    """The attendant's pages."""
    return _page("gate.html")


@page(["/console", "/console/{path:path}"])
def console(settings: Settings, path: str = "") -> Response[bytes]:
    """The console; it may show pictures of whoever serves its maps."""
    answer = _page("console.html")
    if settings.map_tiles:
        tiles = urlsplit(settings.map_tiles)
        pictures = f"img-src 'self' {tiles.scheme}://{tiles.netloc} "
        answer.headers["content-security-policy"] = _POLICY.replace("img-src 'self' ", pictures)
    return answer


@page("/sw.js")
def service_worker() -> Response[bytes]:
    """What lets the pages open without a network; at the root, because it may only serve what lies below it."""
    response = _page("sw.js")
    return Response(response.content, media_type="text/javascript", headers={"cache-control": "no-cache"})


class Assets:
    """Hashed files, compressed once when first asked for: at 8:30 a phone's first visit costs a copy from memory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._packed: dict[str, bytes] = {}

    def respond(self, name: str, *, gzipped: bool) -> Response[bytes]:
        path = self._directory / name
        if not name or path.parent != self._directory or not path.is_file():
            raise NOT_FOUND()
        headers = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if not gzipped or path.suffix not in COMPRESSED:
            return Response(path.read_bytes(), media_type=media_type, headers=headers)
        if name not in self._packed:
            self._packed[name] = gzip.compress(path.read_bytes(), 9)
        return Response(self._packed[name], media_type=media_type, headers=headers | {"content-encoding": "gzip"})


_assets = Assets(DIST / "assets")


@get("/assets/{name:str}", include_in_schema=False, sync_to_thread=True, **PUBLIC)
def asset(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    """A script, a style sheet, a picture: its name carries a hash of its content, so it never changes."""
    return _assets.respond(name, gzipped="gzip" in request.headers.get("accept-encoding", ""))


def handlers() -> list[Any]:
    return [landing, verification, citizen, gate, console, service_worker, asset]
