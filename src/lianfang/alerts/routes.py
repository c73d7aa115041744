"""/alerts, /units/{id}/alert-contacts, /alert-contacts"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Router, delete, get, post
from litestar.params import HeaderParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.alerts import feed, service
from lianfang.alerts.model import Acknowledgement, Alert, Contact, Filter, NewContact, OpenCount
from lianfang.config import Settings
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.paging import Page
from lianfang.staff.model import StaffSession
from lianfang.staff.sessions import Sessions


@get("/alerts", **staff("alerts.read"))
async def list_alerts(
    db: Database,
    keys: Keys,
    acting: Scope,
    unit_id: int | None = None,
    status: Filter = "all",
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[Alert]:
    """Fevers at the doors of a unit and everything below it, newest first."""
    return await service.list_alerts(db, keys, acting, unit_id=unit_id, state=status, cursor=cursor, limit=limit)


@get("/alerts/count", **staff("alerts.read"))
async def count_alerts(db: Database, acting: Scope) -> OpenCount:
    """How many fevers nobody has taken on yet."""
    return OpenCount(await service.count_open(db, acting))


@get("/alerts/events", media_type="text/event-stream", waits=True, **staff("alerts.read"))
async def alert_events(
    db: Database,
    keys: Keys,
    alert_bell: feed.AlertBell,
    sessions: Sessions,
    session: StaffSession,
    acting: Scope,
    last_event_id: Annotated[str | None, HeaderParameter(name="Last-Event-ID")] = None,
) -> ServerSentEvent:
    """Fevers as they are recorded (`alert`), and the number of open ones whenever it may have changed (`count`)."""

    async def events() -> AsyncIterator[ServerSentEventMessage]:
        yield ServerSentEventMessage(event="hello", data=clock_now().isoformat())
        async for item in feed.follow(db, keys, alert_bell, acting, _cursor(last_event_id)):
            current = await sessions.current(session.key)
            if current is None or current.scope != acting:
                return  # signed out, disabled or moved since
            if item is None:
                yield ServerSentEventMessage(comment="ping")
            elif isinstance(item, OpenCount):
                yield ServerSentEventMessage(event="count", data=msgspec.json.encode(item).decode())
            else:
                yield ServerSentEventMessage(event="alert", id=item[0], data=msgspec.json.encode(item[1]).decode())

    return ServerSentEvent(events(), headers={"x-accel-buffering": "no", "cache-control": "no-store"})


@post("/alerts/{alert_id:int}/acknowledge", status_code=200, **staff("alerts.read"))
async def acknowledge(
    db: Database, keys: Keys, acting: Scope, session: StaffSession, alert_id: int, data: Acknowledgement
) -> Alert:
    """Takes a fever on, for everybody to see."""
    return await service.acknowledge(db, keys, acting, session.account_id, alert_id, data)


@get("/units/{unit_id:int}/alert-contacts", **staff("units.manage"))
async def list_contacts(db: Database, keys: Keys, acting: Scope, unit_id: int) -> list[Contact]:
    """Who is told of fevers at this unit's doors and below."""
    return await service.list_contacts(db, keys, acting, unit_id)


@post("/units/{unit_id:int}/alert-contacts", **staff("units.manage"))
async def add_contact(db: Database, keys: Keys, acting: Scope, unit_id: int, data: NewContact) -> Contact:
    """Adds somebody to be told."""
    return await service.add_contact(db, keys, acting, unit_id, data)


@delete("/alert-contacts/{contact_id:int}", **staff("units.manage"))
async def remove_contact(db: Database, acting: Scope, contact_id: int) -> None:
    """Tells them no more."""
    await service.remove_contact(db, acting, contact_id)


@post("/alert-contacts/{contact_id:int}/test", status_code=202, **staff("units.manage"))
async def test_contact(
    db: Database,
    identity: Database,
    keys: Keys,
    settings: Settings,
    acting: Scope,
    session: StaffSession,
    contact_id: int,
) -> None:
    """Sends them a message that says it is a test."""
    await service.test_contact(db, identity, keys, settings, acting, session.account_id, contact_id)


def _cursor(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None


router = Router(
    "/",
    route_handlers=[
        list_alerts,
        count_alerts,
        alert_events,
        acknowledge,
        list_contacts,
        add_contact,
        remove_contact,
        test_contact,
    ],
    tags=["alerts"],
)
