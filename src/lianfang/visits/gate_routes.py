"""/gate: what an attendant sees and does at a checkpoint"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Response, Router, get, post
from litestar.params import HeaderParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.staff.model import StaffSession
from lianfang.staff.sessions import Sessions
from lianfang.venues import service as venues
from lianfang.venues.model import Category
from lianfang.visits import feed, marks, waiting
from lianfang.visits.decisions import Desk
from lianfang.visits.door import status_of
from lianfang.visits.gate_model import Decided, Decision, GateFamily, GatePerson, GateScan, WaitingList
from lianfang.visits.model import GateRecent, Stamp, Waiting
from lianfang.visits.presence import Presence
from lianfang.visits.staff_scan import StaffScans


class GateCheckpoint(msgspec.Struct, frozen=True):
    id: int
    name: str
    category: Category
    unit_name: str


@get("/checkpoints", **staff("gate.watch"))
async def gate_checkpoints(
    db: Database, settings: Settings, acting: Scope, q: str | None = None, cursor: str | None = None
) -> Page[GateCheckpoint]:
    """The checkpoints that the account can watch."""
    found = await venues.list_checkpoints(
        db, settings, acting, unit_id=None, category=None, text=q, cursor=cursor, limit=None
    )
    return Page([GateCheckpoint(c.id, c.name, c.category, c.unit_name) for c in found.items], found.next)


@get("/{checkpoint_id:int}/recent", **staff("gate.watch"))
async def gate_recent(
    db: Database, keys: Keys, settings: Settings, acting: Scope, language: Language, checkpoint_id: int
) -> GateRecent:
    """The last visits of the past day, newest first, and today's number."""
    await venues.find_checkpoint(db, acting, checkpoint_id)
    return await feed.recent(db, keys, settings.zone, acting, checkpoint_id, language)


@get("/{checkpoint_id:int}/waiting", **staff("gate.watch"))
async def gate_waiting(
    db: Database, lane_db: Database, keys: Keys, acting: Scope, language: Language, checkpoint_id: int
) -> WaitingList:
    """Who waits for a temperature or a decision, longest first."""
    await venues.find_checkpoint(db, acting, checkpoint_id)
    return WaitingList(await waiting.list_waiting(db, lane_db, keys, acting, checkpoint_id, language))


@post("/{checkpoint_id:int}/decisions", status_code=200, **staff("gate.watch"))
async def decide(
    desk: Desk, session: StaffSession, acting: Scope, language: Language, checkpoint_id: int, data: Decision
) -> Decided:
    """Measures, approves or refuses somebody who waits. Sent again with its id, it is done once."""
    return await desk.take(acting, session.account_id, checkpoint_id, data, language)


@post("/{checkpoint_id:int}/scans", status_code=201, **staff("gate.watch"))
async def staff_scan(
    staff_scans: StaffScans,
    session: StaffSession,
    acting: Scope,
    language: Language,
    checkpoint_id: int,
    data: GateScan,
) -> Response[Stamp | Waiting]:
    """Registers somebody by their own code or their document. Answered like POST /scans: 201, 200 or 202."""
    answered = await staff_scans.take(acting, session.account_id, checkpoint_id, data, language)
    return Response(answered, status_code=status_of(answered))


@get("/{checkpoint_id:int}/person", **staff("gate.watch"))
async def gate_person(
    staff_scans: StaffScans, acting: Scope, language: Language, checkpoint_id: int, token: str
) -> GatePerson:
    """Who shows a code: masked. Recorded."""
    return await staff_scans.show(acting, checkpoint_id, token, language)


@get("/{checkpoint_id:int}/marks", **staff("gate.watch"))
async def gate_marks(db: Database, keys: Keys, acting: Scope, checkpoint_id: int) -> marks.GateMarks:
    """By what fresh stamps of this door move, for the next twelve hours."""
    await venues.find_checkpoint(db, acting, checkpoint_id)
    return marks.of_gate(keys, checkpoint_id, clock_now())


@get("/{checkpoint_id:int}/family", **staff("gate.watch"))
async def gate_family(
    staff_scans: StaffScans, acting: Scope, language: Language, checkpoint_id: int, token: str
) -> GateFamily:
    """Who is in a family's code: each masked, with their colour. Recorded for each."""
    return await staff_scans.show_family(acting, checkpoint_id, token, language)


@get("/{checkpoint_id:int}/events", media_type="text/event-stream", waits=True, **staff("gate.watch"))
async def gate_events(
    db: Database,
    lane_db: Database,
    keys: Keys,
    bell: feed.Bell,
    sessions: Sessions,
    session: StaffSession,
    acting: Scope,
    language: Language,
    checkpoint_id: int,
    last_event_id: Annotated[str | None, HeaderParameter(name="Last-Event-ID")] = None,
) -> ServerSentEvent:
    """`visit`, `waiting`, `decided` and `fever`, as they are committed. `Last-Event-ID` resumes where a lost connection ended;
    it begins with everybody who waits."""
    await venues.find_checkpoint(db, acting, checkpoint_id)

    async def events() -> AsyncIterator[ServerSentEventMessage]:
        present = Presence(db, acting, checkpoint_id)
        await present.note()
        yield ServerSentEventMessage(event="hello", data=clock_now().isoformat())
        since = _cursor(last_event_id)
        async for item in feed.follow(db, lane_db, keys, bell, acting, checkpoint_id, language, since):
            current = await sessions.current(session.key)
            if current is None or current.scope != acting:
                return  # signed out, disabled or moved since
            await present.note()
            if item is None:
                yield ServerSentEventMessage(comment="ping")
            else:
                data = msgspec.json.encode(item.data).decode()
                yield ServerSentEventMessage(event=item.name, id=item.cursor, data=data)

    return ServerSentEvent(events(), headers={"x-accel-buffering": "no", "cache-control": "no-store"})


def _cursor(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None


router = Router(
    "/gate",
    route_handlers=[
        gate_checkpoints,
        gate_recent,
        gate_waiting,
        decide,
        staff_scan,
        gate_person,
        gate_marks,
        gate_family,
        gate_events,
    ],
    tags=["gate"],
)
