"""/session, /staff, /audit"""

from typing import Annotated, Any

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.datastructures import Cookie
from litestar.params import HeaderParameter

from lianfang.access.rules import PUBLIC, STAFF, staff
from lianfang.access.scope import Scope
from lianfang.audit.store import Entry
from lianfang.config import Settings
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.paging import Page
from lianfang.staff import credentials, login, service
from lianfang.staff.model import (
    Account,
    AccountChange,
    CreatedAccount,
    InitialPassword,
    Login,
    NewAccount,
    PasswordChange,
    Session,
    SignedIn,
    StaffSession,
    TotpCode,
    TotpSecret,
    shown,
)
from lianfang.staff.sessions import COOKIE, VALID_FOR, Sessions

# the only things an account may do before it has replaced its initial password
BEFORE_PASSWORD_CHANGE: dict[str, Any] = {"opt": STAFF["opt"] | {"before_password_change": True}}


@post("/", status_code=200, **PUBLIC)
async def log_in(
    identity: Database,
    keys: Keys,
    settings: Settings,
    client_address: str,
    data: Login,
    client: Annotated[str | None, HeaderParameter(name="X-Lianfang-Client")] = None,
) -> Response[SignedIn]:
    """Signs in; sets the cookie. Programs that send `X-Lianfang-Client: api` also get the token, for `Authorization: Bearer`;
    a browser's scripts never hold it."""
    session, token = await login.log_in(identity, keys, data, client_address)
    signed_in = SignedIn(**msgspec.structs.asdict(shown(session)), token=token if client == "api" else msgspec.UNSET)
    return Response(signed_in, cookies=[_cookie(settings, token)])


@get("/", **BEFORE_PASSWORD_CHANGE)
async def show_session(session: StaffSession) -> Session:
    """The signed-in account."""
    return shown(session)


@delete("/", **BEFORE_PASSWORD_CHANGE)
async def log_out(identity: Database, sessions: Sessions, settings: Settings, session: StaffSession) -> Response[None]:
    """Signs out here."""
    await login.log_out(identity, sessions, session)
    return Response(None, status_code=204, cookies=[_cookie(settings, "")])


@post("/password", status_code=204, **BEFORE_PASSWORD_CHANGE)
async def change_password(
    identity: Database, keys: Keys, sessions: Sessions, session: StaffSession, data: PasswordChange
) -> None:
    """Replaces one's own password; ends one's other sessions."""
    await credentials.change_password(identity, keys, sessions, session, data)


@post("/totp", status_code=200, **STAFF)
async def begin_totp(identity: Database, keys: Keys, session: StaffSession) -> TotpSecret:
    """A secret for the authenticator app, to be confirmed."""
    return await credentials.begin_totp(identity, keys, session)


@post("/totp/confirm", status_code=204, **STAFF)
async def confirm_totp(
    identity: Database, keys: Keys, sessions: Sessions, session: StaffSession, data: TotpCode
) -> None:
    """Turns the authenticator on."""
    await credentials.confirm_totp(identity, keys, sessions, session, data.code)


@delete("/totp", status_code=204, **STAFF)
async def remove_totp(
    identity: Database, keys: Keys, sessions: Sessions, session: StaffSession, data: TotpCode
) -> None:
    """Turns the authenticator off."""
    await credentials.remove_totp(identity, keys, sessions, session, data.code)


@get("/", **staff("staff.manage"))
async def list_accounts(
    db: Database,
    acting: Scope,
    unit_id: int | None = None,
    q: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[Account]:
    """Accounts of a unit and of everything below it."""
    return await service.list_accounts(db, acting, unit_id=unit_id, text=q, cursor=cursor, limit=limit)


@post("/", **staff("staff.manage"))
async def create_account(db: Database, acting: Scope, data: NewAccount) -> CreatedAccount:
    """Creates an account in the own unit or below."""
    return await service.create_account(db, acting, data)


@patch("/{account_id:int}", **staff("staff.manage"))
async def change_account(
    db: Database, sessions: Sessions, session: StaffSession, account_id: int, data: AccountChange
) -> Account:
    """Changes an account's name or role, disables it or enables it again."""
    return await service.change_account(db, sessions, session, account_id, data)


@post("/{account_id:int}/password", status_code=200, **staff("staff.manage"))
async def reset_password(db: Database, sessions: Sessions, session: StaffSession, account_id: int) -> InitialPassword:
    """A new initial password; also removes the account's authenticator."""
    return await service.reset_password(db, sessions, session, account_id)


@get("/", **staff("audit.read"))
async def list_audit(db: Database, acting: Scope, cursor: str | None = None, limit: int | None = None) -> Page[Entry]:
    """Who did what under the own unit, newest first."""
    return await service.list_audit(db, acting, cursor=cursor, limit=limit)


def _cookie(settings: Settings, token: str) -> Cookie:
    age = int(VALID_FOR.total_seconds()) if token else 0
    return Cookie(COOKIE, value=token, max_age=age, httponly=True, samesite="lax", secure=settings.secure_cookies)


session_router = Router(
    "/session",
    route_handlers=[log_in, show_session, log_out, change_password, begin_totp, confirm_totp, remove_totp],
    tags=["session"],
)
staff_router = Router(
    "/staff", route_handlers=[list_accounts, create_account, change_account, reset_password], tags=["staff"]
)
audit_router = Router("/audit", route_handlers=[list_audit], tags=["audit"])
