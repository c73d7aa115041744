"""/residents, /people"""

from litestar import Response, Router, delete, get, post
from litestar.datastructures import Cookie

from lianfang.access.rules import PUBLIC, RESIDENT, staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.people import service
from lianfang.people.model import CodeRequest, CodeSent, Me, PeopleImport, PeopleImported, Registration
from lianfang.people.tokens import VALID_FOR

COOKIE = "lf_resident"


@post("/codes", status_code=200, **PUBLIC)
async def send_code(
    identity: Database, keys: Keys, settings: Settings, client_address: str, data: CodeRequest
) -> CodeSent:
    """Sends a one-time code to a phone."""
    return await service.send_code(identity, keys, settings, data.phone, client_address)


@post("/", status_code=200, **PUBLIC)
async def register(
    identity: Database,
    keys: Keys,
    settings: Settings,
    client_address: str,
    on_registered: service.OnRegistered,
    data: Registration,
) -> Response[Me]:
    """Registers a resident, or signs them in again; sets the cookie."""
    me, token = await service.register(identity, keys, data, client_address, on_registered)
    return Response(me, cookies=[session_cookie(settings, token)])


def session_cookie(settings: Settings, token: str) -> Cookie:
    """Keeps a resident signed in on this phone."""
    return Cookie(
        COOKIE,
        value=token,
        max_age=int(VALID_FOR.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=settings.secure_cookies,
    )


@get("/me", **RESIDENT)
async def show_me(db: Database, keys: Keys, acting: Scope) -> Me:
    """The signed-in resident."""
    return await service.me(db, keys, acting)


@delete("/session", **RESIDENT)
async def sign_out(identity: Database, acting: Scope) -> Response[None]:
    """Signs the person out on every phone."""
    await service.sign_out(identity, acting)
    return Response(None, status_code=204, cookies=[Cookie(COOKIE, value="", max_age=0, httponly=True, samesite="lax")])


@post("/bulk", status_code=200, **staff("visits.import"))
async def import_people(
    identity: Database, keys: Keys, acting: Scope, importer_id: int, language: Language, data: PeopleImport
) -> PeopleImported:
    """People of another system, by their documents; idempotent."""
    return await service.import_people(identity, keys, acting, importer_id, data, language)


router = Router("/residents", route_handlers=[send_code, register, show_me, sign_out], tags=["residents"])
people_router = Router("/people", route_handlers=[import_people], tags=["people"])
