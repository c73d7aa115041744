"""Verbs of an interview: see somebody's days, write what they say, find the place they mean, word the public notice. Every read of
somebody is recorded with its purpose; a correction is a further version."""

from datetime import datetime, time, timedelta
from typing import Any

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.config import Settings
from lianfang.interviews import notice as wording
from lianfang.interviews import store, times, trajectory
from lianfang.interviews.model import (
    DAYS_MAX,
    AnswersQuery,
    Companion,
    HistoryQuery,
    InterviewAnswers,
    NamedPlace,
    NewTold,
    PlaceQuery,
    StayVersion,
    Told,
    Trajectory,
    TrajectoryNotice,
    TrajectoryQuery,
    VisitMark,
    WrittenStay,
)
from lianfang.interviews.problems import CHANGED
from lianfang.interviews.store import VersionRow
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, invalid, wrong_field
from lianfang.people import store as people
from lianfang.people.model import Person, masked, unlock
from lianfang.plans.packs import in_force
from lianfang.tracing.api import StruckStay, ToldStay
from lianfang.tracing.rules import rules
from lianfang.tracing.service import names

COMPANIONS_MAX = 20
PLACES_MAX = 8
LIKENESS_MIN = 0.4


def place_of_words(person_id: int) -> str:
    """What the words of an interview are encrypted for."""
    return f"interview_stays.words:{person_id}"


async def show(db: Database, keys: Keys, settings: Settings, scope: Scope, query: TrajectoryQuery) -> Trajectory:
    """Somebody's days: recorded and told stays, gaps, companions. Problems: `not_found`, days that make no span."""
    found, _ = await _trajectory(db, keys, settings, scope, query, "interviews.show")
    return found


async def notice(
    db: Database, keys: Keys, settings: Settings, scope: Scope, query: TrajectoryQuery
) -> TrajectoryNotice:
    """The same days for the public, with nothing of the person in it."""
    found, person = await _trajectory(db, keys, settings, scope, query, "interviews.notice")
    private = [person.name, person.document, person.phone, person.phone.removeprefix("+86")]
    return wording.notice(found.stays, settings.zone, private)


async def _trajectory(
    db: Database, keys: Keys, settings: Settings, scope: Scope, query: TrajectoryQuery, action: str
) -> tuple[Trajectory, Person]:
    purpose = checked_purpose(query.purpose)
    if not timedelta(0) <= query.last - query.first < timedelta(days=DAYS_MAX):
        raise invalid(
            wrong_field(
                "last", "days", "请选择 1 至 {max} 天，结束不早于开始。", "Choose 1 to {max} days, the last not before the first.",
                max=DAYS_MAX,
            )
        )  # fmt: skip
    since = datetime.combine(query.first, time(), settings.zone)
    until = min(datetime.combine(query.last + timedelta(days=1), time(), settings.zone), clock_now())
    async with scoped(db, scope) as conn:
        person = unlock(keys, await _person(scope, conn, query.person_id))
        seen = await store.seen(scope, conn, person.id, since, until)
        said = store.newest(await store.versions(scope, conn, [person.id]))
        others = await store.companions(scope, conn, person.id, since, until, COMPANIONS_MAX)
        shown = await names(scope, conn, keys, (row.person_id for row in others))
        await audit.record(
            scope, conn, action, f"person:{person.id}", purpose=purpose, first=str(query.first), last=str(query.last)
        )
    now = clock_now()
    figures = rules(in_force(now.date()), now, {row.checkpoint_id: row.category for row in seen})

    def words(row: VersionRow) -> Told:
        return _words(keys, row)

    stays = trajectory.recorded(person.id, seen, figures, said, words) + trajectory.told(said, since, until, words)
    stays.sort(key=lambda stay: (stay.begins, stay.ends))
    me = masked(person)
    companions = [
        Companion(
            row.person_id, shown[row.person_id].name, shown[row.person_id].phone, row.times, row.places, row.aboard
        )
        for row in others
        if row.person_id in shown
    ]
    gaps = trajectory.gaps(stays, since, max(since, until))
    return Trajectory(person.id, me.name, me.phone, stays, gaps, companions, settings.map_tiles), person


async def _person(scope: Scope, conn: Connection, person_id: int) -> Any:
    found = await people.find(scope, conn, person_id)
    if found is None:
        raise NOT_FOUND()
    return found


def _words(keys: Keys, row: VersionRow) -> Told:
    return msgspec.json.decode(keys.decrypt(row.words, place_of_words(row.person_id)), type=Told)


def _sealed(keys: Keys, person_id: int, told: Told) -> bytes:
    return keys.encrypt(msgspec.json.encode(told).decode(), place_of_words(person_id))


async def tell(db: Database, keys: Keys, settings: Settings, scope: Scope, told: NewTold) -> WrittenStay:
    """Writes a stay that somebody tells of, or a correction of one. Problems: `not_found`, `interview_changed`, a time or a place
    that is not understood."""
    begins, ends, give = _when(told, settings)
    async with scoped(db, scope) as conn:
        await _person(scope, conn, told.person_id)
        if told.checkpoint_id is not None and not await store.place_there(scope, conn, told.checkpoint_id):
            raise invalid(
                wrong_field(
                    "checkpoint_id", "unknown_checkpoint",
                    "没有这个登记点，或不在您的管理范围内。", "There is no such checkpoint, or not within your area.",
                )
            )  # fmt: skip
        await _latest(scope, conn, told.person_id, told.stay_id, told.version)
        written = await store.insert(
            scope, conn, stay_id=told.stay_id, version=told.version + 1, person_id=told.person_id,
            state="withdrawn" if told.withdrawn else "told", checkpoint_id=told.checkpoint_id, seen_at=None, begins=begins,
            ends=ends, give_minutes=give, words=_sealed(keys, told.person_id, Told(told.place, told.when, told.note)),
        )  # fmt: skip
        if written is None:
            raise CHANGED()
        await audit.record(
            scope, conn, "interviews.tell", f"person:{told.person_id}", stay=written.stay_id, version=written.version
        )
    return WrittenStay(written.stay_id, written.version, begins, ends, give)


async def _latest(scope: Scope, conn: Connection, person_id: int, stay_id: int | None, version: int) -> None:
    """A correction is of the newest version, of a stay of this person."""
    if stay_id is None:
        if version:
            raise NOT_FOUND()
        return
    known = [row for row in await store.versions(scope, conn, [person_id]) if row.stay_id == stay_id]
    if not known or known[-1].seen_at:
        raise NOT_FOUND()
    if known[-1].version != version:
        raise CHANGED()


def _when(told: NewTold, settings: Settings) -> tuple[datetime, datetime, int]:
    if told.begins and told.ends:
        if told.ends <= told.begins:
            raise invalid(
                wrong_field("ends", "before_begins", "离开时间须晚于到达时间。", "The end must be after the beginning.")
            )
        return told.begins, told.ends, told.give_minutes or 0
    read = times.read(told.when)
    if read is None:
        raise invalid(
            wrong_field(
                "when", "unclear",
                "时间“{value}”看不懂。请写成“下午三点到五点”“中午前后”，或填写起止时间。",
                "The time “{value}” is unclear. Write “3 to 5 pm” or “around noon”, or give beginning and end.",
                value=told.when,
            )
        )  # fmt: skip
    # the clock on the wall: a day with a change of the clock is not 24 hours long
    begins, ends = (_clock(told, minutes, settings) for minutes in (read.begins, read.ends))
    return begins, ends, read.give if told.give_minutes is None else told.give_minutes


def _clock(told: NewTold, minutes: int, settings: Settings) -> datetime:
    days, rest = divmod(minutes, times.DAY_MINUTES)
    return datetime.combine(told.day + timedelta(days=days), time(rest // 60, rest % 60), settings.zone)


async def mark(db: Database, keys: Keys, scope: Scope, said: VisitMark) -> WrittenStay:
    """Writes what somebody says of a recorded visit; a further version of what they said before."""
    async with scoped(db, scope) as conn:
        await _person(scope, conn, said.person_id)
        span = said.at - timedelta(seconds=1), said.at + timedelta(seconds=1)
        there = await store.seen(scope, conn, said.person_id, *span)
        visit = next(
            (
                v
                for v in there
                if (v.checkpoint_id, int(v.at.timestamp())) == (said.checkpoint_id, int(said.at.timestamp()))
            ),
            None,
        )
        if visit is None:
            raise NOT_FOUND()
        rows = await store.versions(scope, conn, [said.person_id])
        before = [row for row in rows if (row.checkpoint_id, row.seen_at) == (visit.checkpoint_id, visit.at)]
        written = await store.insert(
            scope, conn, stay_id=before[-1].stay_id if before else None, version=before[-1].version + 1 if before else 1,
            person_id=said.person_id, state=said.state, checkpoint_id=visit.checkpoint_id, seen_at=visit.at, begins=None,
            ends=None, give_minutes=0, words=_sealed(keys, said.person_id, Told(note=said.note)),
        )  # fmt: skip
        if written is None:
            raise CHANGED()
        await audit.record(
            scope, conn, "interviews.mark", f"person:{said.person_id}", stay=written.stay_id, state=said.state
        )
    return WrittenStay(written.stay_id, written.version, None, None, 0)


async def history(db: Database, keys: Keys, scope: Scope, query: HistoryQuery) -> list[StayVersion]:
    """All versions, the oldest of each stay first; recorded."""
    purpose = checked_purpose(query.purpose)
    async with scoped(db, scope) as conn:
        await _person(scope, conn, query.person_id)
        rows = await store.versions(scope, conn, [query.person_id])
        await audit.record(scope, conn, "interviews.history", f"person:{query.person_id}", purpose=purpose)
    return [
        StayVersion(
            row.stay_id, row.version, row.state, row.checkpoint_id, row.checkpoint, row.seen_at, row.begins, row.ends,
            row.give_minutes, _words(keys, row), row.actor, row.created_at,
        )
        for row in rows
    ]  # fmt: skip


async def places(db: Database, scope: Scope, query: PlaceQuery) -> list[NamedPlace]:
    """Checkpoints that are called like this, by the pairs of letters that they have in common."""
    letters = "".join(query.text.casefold().split())
    pairs = list(dict.fromkeys(letters[at : at + 2] for at in range(max(1, len(letters) - 1))))
    async with scoped(db, scope) as conn:
        return await store.places(scope, conn, pairs, max(1, round(LIKENESS_MIN * len(pairs))), PLACES_MAX)


async def answers(db: Database, scope: Scope, query: AnswersQuery) -> list[InterviewAnswers]:
    """What the interviews of some people add to their cases: stays with the play of their times, and visits that were not theirs.
    A place that is not among ours adds nothing: nobody was seen there."""
    purpose = checked_purpose(query.purpose)
    async with scoped(db, scope) as conn:
        rows = store.newest(await store.versions(scope, conn, query.person_ids))
        await audit.record(scope, conn, "interviews.answers", "people", purpose=purpose, people=query.person_ids)
    found = []
    for person_id in sorted({row.person_id for row in rows}):
        own = [row for row in rows if row.person_id == person_id]
        told = [
            ToldStay(row.checkpoint_id, row.begins, row.ends, "", row.give_minutes)
            for row in own
            if row.checkpoint_id and row.begins and row.ends
        ]
        struck = [
            StruckStay(row.checkpoint_id, row.seen_at)
            for row in own
            if row.state == "struck" and row.checkpoint_id and row.seen_at
        ]
        found.append(InterviewAnswers(person_id, told, struck))
    return found


async def forget(worker: Database, retention: timedelta | None) -> None:
    """The worker's part: interviews past the retention go."""
    if retention is not None:
        async with worker.transaction() as conn:
            await store.worker_forget(conn, clock_now() - retention)
