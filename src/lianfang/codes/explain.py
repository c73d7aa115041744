"""Why somebody's colour is what it is: the rule in plain words, the plan, the evidence, until when, and what ends it earlier."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.codes.model import GRAVITY, HoldColour
from lianfang.codes.store import Q
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import Language
from lianfang.plans.model import Pack
from lianfang.plans.vocabulary import Kind

Colour = Literal["green", "yellow", "red"]


class Held(msgspec.Struct, frozen=True):
    """A hold with its plan and its evidence, as it is stored."""

    id: int
    colour: HoldColour
    rule: str
    plan: str
    reason_zh: str
    reason_en: str
    starts_at: datetime
    ends_at: datetime
    pack: Pack | None
    evidence_id: UUID | None
    kind: Kind | None
    result: str | None
    at: datetime | None
    source: str | None
    recorded_at: datetime | None


class Ground(msgspec.Struct, frozen=True):
    """The evidence of a reason: what happened when, who says so, and since when it is known here."""

    kind: Kind
    result: str
    at: datetime
    source: str
    recorded_at: datetime


class Reason(msgspec.Struct, frozen=True):
    """One hold. `number` names it to whoever is asked about it; `ends_earlier`: any one of these."""

    number: int
    colour: HoldColour
    text: str
    plan: str
    clause: str
    since: datetime
    until: datetime
    ground: Ground | None
    ends_earlier: list[str]


class MyColour(msgspec.Struct, frozen=True):
    """The colour at this moment, every reason for it (the one that decides first), and what it turns into."""

    colour: Colour
    as_of: datetime
    until: datetime | None
    then: Colour
    reasons: list[Reason]


async def my_colour(db: Database, scope: Scope, language: Language) -> MyColour:
    at = clock_now()
    assert scope.person_id is not None
    async with scoped(db, scope) as conn:
        held = await held_of(conn, scope.person_id, at)
    active = [hold for hold in held if hold.starts_at <= at]
    active.sort(key=lambda hold: (GRAVITY[hold.colour], hold.ends_at), reverse=True)
    until = _changes(held, at)
    return MyColour(
        _colour(held, at),
        at,
        until,
        _colour(held, until) if until else "green",
        [reason_of(hold, language) for hold in active],
    )


async def held_of(conn: Connection, person_id: int, at: datetime) -> list[Held]:
    """What holds somebody at an instant or later, and nothing released."""
    rows = await (await conn.execute(Q.own_holds, {"person_id": person_id, "at": at})).fetchall()
    return [msgspec.convert(dict(zip(Held.__struct_fields__, row, strict=True)), Held) for row in rows]


def _colour(held: list[Held], at: datetime) -> Colour:
    active = {hold.colour for hold in held if hold.starts_at <= at < hold.ends_at}
    return "red" if "red" in active else "yellow" if active else "green"


def _changes(held: list[Held], at: datetime) -> datetime | None:
    """When the colour becomes another one, as far as is known now; None: it stays green."""
    now = _colour(held, at)
    moments = sorted({moment for hold in held for moment in (hold.starts_at, hold.ends_at) if moment > at})
    return next((moment for moment in moments if _colour(held, moment) != now), None)


def reason_of(hold: Held, language: Language) -> Reason:
    """In plain words."""
    zh = language == "zh-CN"
    rule = hold.pack.rule(hold.rule) if hold.pack else None
    ground = None
    if hold.kind and hold.result and hold.at and hold.source and hold.recorded_at:
        ground = Ground(hold.kind, hold.result, hold.at, hold.source, hold.recorded_at)
    return Reason(
        number=hold.id,
        colour=hold.colour,
        text=hold.reason_zh if zh else hold.reason_en,
        plan=(hold.pack.name if zh else hold.pack.name_en) if hold.pack else hold.plan,
        clause=rule.clause if rule else "",
        since=hold.starts_at,
        until=hold.ends_at,
        ground=ground,
        ends_earlier=[release.zh if zh else release.en for release in rule.release] if rule else [],
    )
