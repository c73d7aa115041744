"""The four codes on one screen: colour, travel, last test and vaccination of the signed-in resident, as a door reads them."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.codes.explain import Colour, my_colour
from lianfang.evidence import store as evidence
from lianfang.evidence.store import OwnKnown
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.requirements import words
from lianfang.requirements.decide import doses, lacks, last_risk, last_test
from lianfang.requirements.model import NOTHING, RISK_DAYS_MAX, Requirement
from lianfang.venues.doors import Doors
from lianfang.visits import marks
from lianfang.visits.marks import Mark


class HealthCell(msgspec.Struct, frozen=True):
    """`until`: when the colour becomes another one, as far as is known."""

    colour: Colour
    until: datetime | None


class TravelCell(msgspec.Struct, frozen=True):
    """The gravest stay in, or arrival from, an area with risk in the last 28 days; `clear` without one. `place`: where the last
    arrival or border crossing was from, whatever its level."""

    state: Literal["clear", "medium", "high"]
    at: datetime | None = None
    source: str = ""
    place: str = ""


class TestCell(msgspec.Struct, frozen=True):
    """The last nucleic-acid test of 28 days. `valid_until`: how long it serves at this door; null: the door does not ask, or it does
    not serve."""

    at: datetime | None = None
    result: str = ""
    source: str = ""
    valid_until: datetime | None = None


class DosesCell(msgspec.Struct, frozen=True):
    doses: int
    at: datetime | None = None
    product: str = ""
    source: str = ""


class Required(msgspec.Struct, frozen=True):
    """One requirement of the door. `text` says what is required; `lacking` what is missing and what to do, empty where it is met."""

    requirement: Requirement
    wanted: int
    text: str
    lacking: str


class Cells(msgspec.Struct, frozen=True):
    """As of an instant. `site`: where the nearest test to the door is taken."""

    as_of: datetime
    health: HealthCell
    travel: TravelCell
    test: TestCell
    vaccination: DosesCell
    required: list[Required]
    site: str
    mark: Mark | None
    """By which the stamp of a scan a moment ago moves, as the gate's does."""


async def show(
    db: Database, doors: Doors, keys: Keys, scope: Scope, code: str, scan_id: UUID | None, language: Language
) -> Cells:
    """The resident's own cells; with a door's code, whether they serve there; with a scan, by what its stamp moves."""
    door = await doors.find(code) if code else None
    now = clock_now()
    colour = await my_colour(db, scope, language)
    async with scoped(db, scope) as conn:
        known = [row for row in await evidence.own_known(scope, conn, now) if row.at <= now]
        mark = await marks.of_stamp(scope, conn, keys, scan_id, now) if scan_id else None
    required = door.requirements if door else NOTHING
    missing = {lack.requirement: words.sentence(lack, language) for lack in lacks(required, known, now)}
    return Cells(
        now,
        HealthCell(colour.colour, colour.until),
        _travel(known, now),
        _test(known, None if "test" in missing else required.test_hours),
        _doses(known),
        [
            Required(what, wanted, words.required(what, wanted, language), missing.get(what, ""))
            for what, wanted in words.asked(required)
        ],
        door.site if door else "",
        mark,
    )


def _travel(known: list[OwnKnown], now: datetime) -> TravelCell:
    risk = last_risk(known, now - timedelta(days=RISK_DAYS_MAX))
    trips = [row for row in known if row.kind in ("arrival", "border_crossing")]
    last = max(trips, key=lambda row: row.at, default=None)
    place = (last.subject or "") if last else ""
    if isinstance(risk, OwnKnown):
        return TravelCell("high" if risk.result == "high" else "medium", risk.until or risk.at, risk.source, place)
    return TravelCell("clear", last.at if last else None, last.source if last else "", place)


def _test(known: list[OwnKnown], hours: int | None) -> TestCell:
    test = last_test(known)
    if not isinstance(test, OwnKnown):
        return TestCell()
    return TestCell(test.at, test.result, test.source, test.at + timedelta(hours=hours) if hours else None)


def _doses(known: list[OwnKnown]) -> DosesCell:
    number = doses(known)
    last = max(
        (row for row in known if row.kind == "vaccination" and row.result == str(number)),
        key=lambda row: row.at,
        default=None,
    )
    return DosesCell(number, last.at, last.subject or "", last.source) if last else DosesCell(number)
