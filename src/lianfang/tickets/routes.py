"""/residents/me/tickets: the citizen's; /tickets: the office's"""

from datetime import date
from typing import Annotated, Any

from litestar import Request, Response, Router, delete, get, post
from litestar.exceptions import ClientException
from litestar.params import QueryParameter

from lianfang.access.rules import FAMILY, staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.staff.model import StaffSession
from lianfang.tickets import desk, filing, queues
from lianfang.tickets.model import (
    FILE_MAX,
    Answer,
    AppealedHold,
    CalledIn,
    DeskFigures,
    File,
    HandOver,
    Kind,
    Listed,
    Macro,
    NewMacro,
    NewTicket,
    OwnTicket,
    Release,
    Said,
    SecondUnit,
    Ticket,
    View,
)
from lianfang.tickets.problems import FILE_TOO_LARGE


@get("/residents/me/tickets", tags=["residents"], **FAMILY)
async def my_tickets(
    db: Database, keys: Keys, acting: Scope, cursor: str | None = None, limit: int | None = None
) -> Page[OwnTicket]:
    """The resident's own questions, corrections and appeals, or those of somebody in their care, each with its steps and times."""
    return await filing.list_own(db, keys, acting, cursor=cursor, limit=limit)


@post("/residents/me/tickets", tags=["residents"], **FAMILY)
async def file_ticket(db: Database, identity: Database, keys: Keys, acting: Scope, data: NewTicket) -> OwnTicket:
    """Asks something, says what is wrong, or appeals against a hold (its number stands under “why this colour”)."""
    return await filing.file(db, identity, keys, acting, data)


@get("/residents/me/tickets/{ticket_id:int}", tags=["residents"], **FAMILY)
async def my_ticket(db: Database, keys: Keys, acting: Scope, ticket_id: int) -> OwnTicket:
    return await filing.show_own(db, keys, acting, ticket_id)


@post(
    "/residents/me/tickets/{ticket_id:int}/files",
    request_max_body_size=FILE_MAX,
    takes="application/octet-stream",
    tags=["residents"],
    **FAMILY,
)
async def attach_file(
    request: Request[Any, Any, Any], db: Database, identity: Database, keys: Keys, acting: Scope, ticket_id: int
) -> File:
    """Attaches a picture or a PDF (`application/octet-stream`); its content tells which."""
    try:
        content = await request.body()
    except ClientException as error:
        if error.status_code == 413:
            raise FILE_TOO_LARGE(limit_mib=FILE_MAX >> 20) from None
        raise
    return await filing.attach(db, identity, keys, acting, ticket_id, content)


@post("/residents/me/tickets/{ticket_id:int}/reply", status_code=200, tags=["residents"], **FAMILY)
async def reply_to_question(db: Database, keys: Keys, acting: Scope, ticket_id: int, data: Said) -> OwnTicket:
    """Replies to what the office asked back."""
    return await filing.act(db, keys, acting, ticket_id, "reply", data.text)


@post("/residents/me/tickets/{ticket_id:int}/withdraw", status_code=200, tags=["residents"], **FAMILY)
async def withdraw_ticket(db: Database, keys: Keys, acting: Scope, ticket_id: int) -> OwnTicket:
    """Takes it back."""
    return await filing.act(db, keys, acting, ticket_id, "withdraw")


@post("/residents/me/tickets/{ticket_id:int}/reopen", status_code=200, tags=["residents"], **FAMILY)
async def reopen_ticket(db: Database, keys: Keys, acting: Scope, ticket_id: int, data: Said) -> OwnTicket:
    """Says why the answer does not settle it, within a week of it."""
    return await filing.act(db, keys, acting, ticket_id, "reopen", data.text)


@get("/tickets", tags=["tickets"], **staff("tickets.work"))
async def list_tickets(
    db: Database,
    acting: Scope,
    importer_id: int,
    view: View = "waiting",
    kind: Kind | None = None,
    unit_id: int | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[Listed]:
    """A queue of a unit and everything below it, the most urgent first."""
    return await queues.list_tickets(
        db, acting, importer_id, view=view, kind=kind, unit_id=unit_id, cursor=cursor, limit=limit
    )


@post("/tickets", tags=["tickets"], **staff("tickets.work"))
async def take_call(
    db: Database,
    identity: Database,
    worker_db: Database,
    keys: Keys,
    acting: Scope,
    session: StaffSession,
    data: CalledIn,
) -> Ticket:
    """What somebody says on a hotline, written down by its clerk."""
    account = session.account_id
    ticket_id = await desk.take_call(db, identity, worker_db, keys, acting, account, data)
    return await desk.show(db, identity, keys, acting, account, session.permissions, ticket_id)


@get("/tickets/figures", tags=["tickets"], **staff("tickets.work"))
async def show_figures(
    db: Database,
    settings: Settings,
    acting: Scope,
    unit_id: int | None = None,
    since: date | None = None,
    until: Annotated[date | None, QueryParameter(name="until")] = None,
) -> list[DeskFigures]:
    """How many came to each unit's desk, how many were answered, how fast, and how many are late (30 days, if not told)."""
    return await queues.figures(db, acting, settings.zone, unit_id=unit_id, since=since, until=until)


@get("/tickets/macros", tags=["tickets"], **staff("tickets.work"))
async def list_macros(db: Database, acting: Scope) -> list[Macro]:
    """Texts to answer with: of one's own unit, and of those above."""
    return await queues.list_macros(db, acting)


@post("/tickets/macros", tags=["tickets"], **staff("tickets.work"))
async def add_macro(db: Database, acting: Scope, data: NewMacro) -> list[Macro]:
    return await queues.add_macro(db, acting, data)


@delete("/tickets/macros/{macro_id:int}", tags=["tickets"], **staff("tickets.work"))
async def drop_macro(db: Database, acting: Scope, macro_id: int) -> None:
    """One of one's own unit."""
    await queues.drop_macro(db, acting, macro_id)


@get("/tickets/second_units", tags=["tickets"], **staff("holds.manage"))
async def find_second_units(db: Database, acting: Scope, q: str) -> list[SecondUnit]:
    """Units anywhere with exactly this name or division code, to ask one of them for the second signature."""
    return await desk.second_units(db, acting, q)


@get("/tickets/led_to/{request_id:int}", tags=["tickets"], **staff("tickets.work"))
async def find_ticket_of_request(db: Database, acting: Scope, request_id: int) -> list[int]:
    """The ticket that a request for a release came of; none, where it came of none or is another unit's."""
    return await desk.led_to(db, acting, request_id)


@get("/tickets/{ticket_id:int}", tags=["tickets"], **staff("tickets.work"))
async def show_ticket(
    db: Database, identity: Database, keys: Keys, acting: Scope, session: StaffSession, ticket_id: int
) -> Ticket:
    """A ticket with its words, and what this account may do with it now; recorded."""
    return await desk.show(db, identity, keys, acting, session.account_id, session.permissions, ticket_id)


@get("/tickets/{ticket_id:int}/hold", tags=["tickets"], **staff("holds.manage"))
async def show_appealed_hold(
    db: Database, worker_db: Database, acting: Scope, language: Language, ticket_id: int
) -> AppealedHold:
    """What an appeal is about, and what is known of the person; recorded."""
    return await desk.appealed_hold(db, worker_db, acting, ticket_id, language)


@get("/tickets/{ticket_id:int}/files/{file_id:int}", tags=["tickets"], **staff("tickets.work"))
async def open_file(
    db: Database, keys: Keys, acting: Scope, importer_id: int, ticket_id: int, file_id: int
) -> Response[bytes]:
    """An attachment, for whoever handles the ticket; recorded."""
    kind, content = await desk.open_file(db, keys, acting, importer_id, ticket_id, file_id)
    name = f"{ticket_id}-{file_id}.{kind.partition('/')[2]}"
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "no-store",
    }
    return Response(content, media_type=kind, headers=headers)


@post("/tickets/{ticket_id:int}/take", status_code=204, tags=["tickets"], **staff("tickets.work"))
async def take_ticket(db: Database, keys: Keys, acting: Scope, importer_id: int, ticket_id: int) -> None:
    """Takes it on, from the queue or from a colleague."""
    await desk.act(db, keys, acting, importer_id, ticket_id, "take")


@post("/tickets/{ticket_id:int}/hand_over", status_code=204, tags=["tickets"], **staff("tickets.work"))
async def hand_over_ticket(
    db: Database, keys: Keys, acting: Scope, importer_id: int, ticket_id: int, data: HandOver
) -> None:
    """Back into the queue, at the same unit or at another one of the scope."""
    await desk.hand_over(db, keys, acting, importer_id, ticket_id, data)


@post("/tickets/{ticket_id:int}/escalate", status_code=204, tags=["tickets"], **staff("tickets.work"))
async def escalate_ticket(
    db: Database, keys: Keys, acting: Scope, importer_id: int, ticket_id: int, data: Said
) -> None:
    """To the unit above."""
    await desk.escalate(db, keys, acting, importer_id, ticket_id, data.text)


@post("/tickets/{ticket_id:int}/ask", status_code=204, tags=["tickets"], **staff("tickets.work"))
async def ask_back(db: Database, keys: Keys, acting: Scope, importer_id: int, ticket_id: int, data: Said) -> None:
    """Asks the citizen, who is told; the time until they reply does not count."""
    await desk.act(db, keys, acting, importer_id, ticket_id, "ask", data.text)


@post("/tickets/{ticket_id:int}/reply", status_code=204, tags=["tickets"], **staff("tickets.work"))
async def note_reply(db: Database, keys: Keys, acting: Scope, importer_id: int, ticket_id: int, data: Said) -> None:
    """Writes down what the citizen replied on the phone."""
    await desk.act(db, keys, acting, importer_id, ticket_id, "reply", data.text)


@post("/tickets/{ticket_id:int}/answer", status_code=204, tags=["tickets"], **staff("tickets.work"))
async def answer_ticket(
    db: Database, keys: Keys, acting: Scope, importer_id: int, ticket_id: int, data: Answer
) -> None:
    """Answers; the citizen is told."""
    await desk.act(db, keys, acting, importer_id, ticket_id, "answer", data.text, outcome=data.outcome)


@post("/tickets/{ticket_id:int}/release", status_code=204, tags=["tickets"], **staff("holds.manage"))
async def ask_for_release(
    db: Database, worker_db: Database, keys: Keys, acting: Scope, importer_id: int, ticket_id: int, data: Release
) -> None:
    """Asks an official of another unit to sign the release of the hold; the ticket follows what they decide."""
    await desk.release(db, worker_db, keys, acting, importer_id, ticket_id, data)


router = Router(
    "/",
    route_handlers=[
        my_tickets,
        file_ticket,
        my_ticket,
        attach_file,
        reply_to_question,
        withdraw_ticket,
        reopen_ticket,
        list_tickets,
        take_call,
        show_figures,
        list_macros,
        add_macro,
        drop_macro,
        find_second_units,
        find_ticket_of_request,
        show_ticket,
        show_appealed_hold,
        open_file,
        take_ticket,
        hand_over_ticket,
        escalate_ticket,
        ask_back,
        note_reply,
        answer_ticket,
        ask_for_release,
    ],
)
