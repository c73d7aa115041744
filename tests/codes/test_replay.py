"""A year of evidence, corrections, signed decisions and changing plans: at any instant, evidence and plans give what was shown."""

import random
from datetime import UTC, datetime, timedelta

import psycopg

from lianfang.codes.derive import recolour, recolour_everybody
from lianfang.codes.replay import replay
from lianfang.evidence.model import WITHDRAWN, Kind, NewEvidence
from lianfang.kit.clock import now
from lianfang.kit.db import Database
from lianfang.plans.check import stricter
from lianfang.plans.packs import pack
from tests.codes.cases import DAY, adopt, tell, told
from tests.support.visits import add_hold

PEOPLE = 60
EVENTS: list[tuple[Kind, str]] = [
    ("contact_order", "close"),
    ("contact_order", "second"),
    ("contact_order", "companion"),
    ("contact_order", "released"),
    ("test", "positive"),
    ("test", "negative"),
    ("test", "negative"),
    ("diagnosis", "confirmed"),
    ("diagnosis", "recovered"),
    ("area_stay", "high"),
    ("area_stay", "medium"),
    ("arrival", "low"),
    ("border_crossing", "entry"),
]


def age(owner: psycopg.Connection, ago: timedelta) -> None:
    """Time passes: everything that has happened so far lies `ago` further back."""
    for table, columns in {
        "evidence": ("at", "until", "recorded_at"),
        "evidence_batches": ("recorded_at", "applied_at"),
        "plan_adoptions": ("starts_at", "created_at", "applied_at"),
        "recolourings": ("at",),
        "holds": ("starts_at", "ends_at"),
    }.items():
        moved = ", ".join(f"{column} = {column} - %(ago)s" for column in columns)
        owner.execute(f"UPDATE {table} SET {moved}".encode(), {"ago": ago})


async def test_a_simulated_year_is_found_again_at_every_instant(worker: Database, owner: psycopg.Connection) -> None:
    dice = random.Random(2022)
    plans = {0: pack("v8"), 14: pack("v9"), 30: pack("v20"), 44: pack("who")}
    known: dict[int, list[NewEvidence]] = {}
    instants: list[datetime] = []
    for week in range(52):
        age(owner, 7 * DAY)
        if week in plans:
            await adopt(worker, plans[week])
            await recolour_everybody(worker)
        if week == 20:
            await adopt(worker, stricter(pack("v9"), {"management.close.home_days": 9}), province="13")
            await recolour_everybody(worker)
        instants = [at - 7 * DAY for at in instants]
        for _ in range(3):
            rows = [_something(dice, known) for _ in range(6)]
            await tell(worker, *rows)
            await recolour(worker)
        instants += [now() + timedelta(days=dice.random() * 6) for _ in range(2)]
    seen = {"yellow": 0, "red": 0, "released": 0}
    for at in [*instants, datetime.now(UTC)]:
        found = await replay(worker, at)
        assert found.different == 0, found
        seen["yellow"] += found.yellow
        seen["red"] += found.red
    assert min(seen["yellow"], seen["red"]) > 100, "a year in which nothing happens shows nothing"
    causes = {cause for (cause,) in owner.execute("SELECT DISTINCT cause FROM hold_releases").fetchall()}
    assert causes >= {"evidence", "corrected", "plan", "newer"}


def _something(dice: random.Random, known: dict[int, list[NewEvidence]]) -> NewEvidence:
    """Something is told of somebody, or what was told before is taken back."""
    who = dice.randint(1, PEOPLE)
    mine = known.setdefault(who, [])
    at = now() - timedelta(hours=dice.randint(1, 60))
    if mine and dice.random() < 0.12:
        wrong = mine.pop(dice.randrange(len(mine)))
        return told(who, wrong.kind, WITHDRAWN, at, supersedes=wrong.id)
    kind, result = dice.choice(EVENTS)
    until = at + timedelta(hours=1) if kind == "area_stay" else None
    row = told(who, kind, result, at, until=until, province=dice.choice(["", "13"]))
    mine.append(row)
    return row


async def test_a_hold_that_no_evidence_calls_for_is_told(worker: Database, owner: psycopg.Connection) -> None:
    await tell(worker, told(7, "contact_order", "close", now() - DAY))
    await recolour(worker)
    add_hold(owner, 8, "red", now() - DAY, now() + DAY)
    found = await replay(worker, now())
    assert (found.red, found.different) == (1, 1)
    assert [(d.person_id, d.found, d.shown) for d in found.differences] == [(8, "green", "red")]
