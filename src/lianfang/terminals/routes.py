"""/terminals: the console's, and the devices' own (docs/terminals.md)"""

from typing import Any

from litestar import Request, Router, get, post

from lianfang.access.rules import PUBLIC, TERMINAL, staff
from lianfang.access.scope import Scope
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.terminals import scans, service
from lianfang.terminals.model import (
    EnrolKey,
    Enrolment,
    NewKey,
    NewTerminal,
    Terminal,
    TerminalAt,
    TerminalScan,
    TerminalSession,
    TerminalVerdict,
)
from lianfang.visits.staff_scan import StaffScans


@get("/", **staff("devices.manage"))
async def list_terminals(
    db: Database, acting: Scope, unit_id: int | None = None, cursor: str | None = None, limit: int | None = None
) -> Page[Terminal]:
    """Gate terminals of a unit and everything below it."""
    return await service.list_terminals(db, acting, unit_id=unit_id, cursor=cursor, limit=limit)


@post("/", **staff("devices.manage"))
async def add_terminal(db: Database, keys: Keys, acting: Scope, importer_id: int, data: NewTerminal) -> Enrolment:
    """Adds a terminal; the code for its enrolment is in the answer, and nowhere else."""
    return await service.add(db, keys, acting, importer_id, data)


@post("/{terminal_id:int}/enrolment", status_code=200, **staff("devices.manage"))
async def enrol_anew(db: Database, keys: Keys, acting: Scope, terminal_id: int) -> Enrolment:
    """Another enrolment code: the key it has now ends when that is used."""
    return await service.enrol_anew(db, keys, acting, terminal_id)


@post("/{terminal_id:int}/void", status_code=204, **staff("devices.manage"))
async def void_terminal(db: Database, acting: Scope, terminal_id: int) -> None:
    """Its key ends at once, for good."""
    await service.void(db, acting, terminal_id)


@post("/enrol", status_code=200, **PUBLIC)
async def enrol_terminal(
    request: Request[Any, Any, Any],
    db: Database,
    identity: Database,
    keys: Keys,
    client_address: str,
    data: EnrolKey,
) -> TerminalAt:
    """A device hands in its public key with the code of the console, signed with that key."""
    body = await request.body()
    return await service.enrol(db, identity, keys, request.url.path, request.headers, body, data, client_address)


@get("/me", **TERMINAL)
async def show_terminal(db: Database, terminal: TerminalSession) -> TerminalAt:
    """Where the terminal stands, and the server's clock."""
    return await service.at(db, terminal)


@post("/me/key", status_code=204, **TERMINAL)
async def rotate_key(identity: Database, terminal: TerminalSession, data: NewKey) -> None:
    """Another key, signed for by the present one. The present one ends when the new one has been used."""
    await service.rotate(identity, terminal, data)


@post("/scans", status_code=200, **TERMINAL)
async def take_scan(
    identity: Database,
    keys: Keys,
    staff_scans: StaffScans,
    terminal: TerminalSession,
    language: Language,
    data: TerminalScan,
) -> TerminalVerdict:
    """Registers somebody at the terminal's checkpoint like a scan of staff, and gives the verdict."""
    return await scans.take(identity, keys, staff_scans, terminal, data, language)


router = Router(
    "/terminals",
    route_handlers=[
        list_terminals,
        add_terminal,
        enrol_anew,
        void_terminal,
        enrol_terminal,
        show_terminal,
        rotate_key,
        take_scan,
    ],
    tags=["terminals"],
)
