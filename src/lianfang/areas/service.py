"""Verbs on bulletins and areas."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from hashlib import sha256
from itertools import groupby
from zoneinfo import ZoneInfo

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.areas import store
from lianfang.areas.decide import AreaPlace, State, may_confirm, may_confirm_residents
from lianfang.areas.model import (
    GRAVITY,
    AreaMeaning,
    AreasConfirmed,
    AreasToConfirm,
    Bulletin,
    BulletinsImported,
    BulletinText,
    Level,
    LevelChange,
    PlaceRef,
    ReadRow,
    ResidentsToConfirm,
    RiskArea,
    Row,
)
from lianfang.areas.problems import EXCEPTED_OUTSIDE, NOTHING_READ, PLACE_UNKNOWN, SECOND_OFFICIAL, STATED_ANEW
from lianfang.areas.reading import Read, Reader
from lianfang.areas.sheet import text_rows
from lianfang.audit import store as audit
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, Language
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as units
from lianfang.runs import service as runs

STAYS = "areas.stays"
IMPORT = "areas.import"
SITES = "areas.sites"


def _rows_of(given: BulletinText) -> list[Row]:
    rows = text_rows(given.text, given.published_on, given.source.strip(), given.level, given.region)
    if not rows:
        raise NOTHING_READ()
    return rows


async def preview(db: Database, scope: Scope, given: BulletinText) -> list[ReadRow]:
    """What would be read; nothing is stored."""
    reader = Reader(scope)
    async with scoped(db, scope) as conn:
        return [reader.shown(read) for read in await reader.read(conn, _rows_of(given))]


async def publish(
    db: Database, keys: Keys, scope: Scope, given: BulletinText, zone: ZoneInfo, language: Language
) -> BulletinsImported:
    """Stores a pasted bulletin; who stayed in its areas is looked for by a run of the same transaction."""
    async with scoped(db, scope) as conn:
        result = await apply(scope, conn, _rows_of(given), zone, complete=given.complete, dry_run=False)
        await runs.start(scope, conn, keys, STAYS, {}, language=language)
    return result


async def apply(
    scope: Scope, conn: Connection, rows: list[Row], zone: ZoneInfo, *, complete: bool, dry_run: bool
) -> BulletinsImported:
    """Takes rows into the areas of the account's unit, day by day. All or nothing: one transaction."""
    reader, result = Reader(scope), BulletinsImported(rows=len(rows))
    rows = sorted(rows, key=lambda row: (row.published_on, row.source))
    read = await reader.read(conn, rows)
    areas = {area.key: area for one in read for area in one.parsed.areas}
    states = [reader.meant[key].state for key in areas]
    result.areas, result.mismatched = len(areas), _with_issue(read, "count")
    result.matched, result.review, result.outside = (states.count(s) for s in ("matched", "review", "outside"))
    result.odd = sum(1 for one in read if any(issue.code != "count" for issue in one.parsed.issues))
    if dry_run:
        return result
    ids = await store.known_areas(scope, conn, list(areas))
    for key, area in areas.items():
        if key not in ids:
            ids[key] = await store.insert_area(scope, conn, area, reader.name(area), reader.meant[key])
    levels = await store.open_levels(scope, conn, scope.lo)
    stated = _Stated()
    for (day, source), group in groupby(read, key=lambda one: (one.row.published_on, one.row.source)):
        await _day(scope, conn, list(group), ids, levels, result, _Day(day, source, zone), stated, complete=complete)
    await store.state_areas(scope, conn, raised=stated.raised, lowered=stated.lowered)
    counts = {name: value for name, value in msgspec.to_builtins(result).items() if value}
    await audit.record(scope, conn, "areas.import", "areas", **counts)
    return result


class _Stated:
    """Of which areas something new was said."""

    def __init__(self) -> None:
        self.raised: list[int] = []
        self.lowered: list[int] = []


class _Day:
    """A source's bulletins of one day."""

    def __init__(self, day: date, source: str, zone: ZoneInfo) -> None:
        self.day, self.source = day, source
        self.begins = datetime.combine(day, time(), zone).astimezone(UTC)


async def _day(
    scope: Scope,
    conn: Connection,
    read: list[Read],
    ids: dict[str, int],
    levels: dict[int, store.OpenLevel],
    result: BulletinsImported,
    day: _Day,
    stated: _Stated,
    *,
    complete: bool,
) -> None:
    named: dict[int, tuple[Level, int]] = {}
    for one in read:
        content = sha256(
            msgspec.json.encode([one.row.published_on, one.row.source, one.row.level, one.row.region, one.row.text])
        ).digest()
        parsed = one.parsed
        bulletin = await store.insert_bulletin(
            scope, conn, one.row, found=len(parsed.areas), issues=parsed.issues, content=content
        )
        result.known += bulletin is None
        for area in parsed.areas:
            area_id = ids[area.key]
            before = named.get(area_id)
            # the same area in two lists of a day: the graver one
            if bulletin is not None and (before is None or GRAVITY[before[0]] < GRAVITY[one.row.level]):
                named[area_id] = (one.row.level, bulletin)
    if not named:
        return
    seen = []
    for area_id, (level, bulletin) in named.items():
        there = levels.get(area_id)
        if there is not None and there.seen_on > day.day:
            continue  # an older bulletin, imported late, changes nothing
        if there is not None and there.level == level:
            seen.append(there.id)
            levels[area_id] = msgspec.structs.replace(there, seen_on=day.day, source=day.source)
            continue
        if there is not None:
            await store.close_levels(scope, conn, [there.id], day.begins)
            higher = GRAVITY[level] > GRAVITY[there.level]
            (stated.raised if higher else stated.lowered).append(area_id)
            result.raised, result.lowered = result.raised + higher, result.lowered + (not higher)
        else:
            result.begun += 1
            stated.raised.append(area_id)
        levels[area_id] = await store.open_level(
            scope,
            conn,
            ord=scope.lo,
            area_id=area_id,
            level=level,
            since=day.begins,
            source=day.source,
            bulletin_id=bulletin,
            seen_on=day.day,
        )
    await store.see_levels(scope, conn, seen, day.day, day.source)
    if complete:
        gone = [
            there
            for area_id, there in levels.items()
            if area_id not in named and there.source == day.source and there.seen_on < day.day
        ]
        await store.close_levels(scope, conn, [there.id for there in gone], day.begins)
        for there in gone:
            del levels[there.area_id]
        result.ended += len(gone)


def _with_issue(read: list[Read], code: str) -> int:
    return sum(1 for one in read if any(issue.code == code for issue in one.parsed.issues))


async def list_areas(
    db: Database,
    scope: Scope,
    *,
    state: State | None,
    level: Level | None,
    now: bool,
    waiting: bool,
    text: str | None,
    cursor: str | None,
    limit: int | None,
) -> Page[RiskArea]:
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    async with scoped(db, scope) as conn:
        rows = await store.list_areas(
            scope,
            conn,
            state=state,
            level=level,
            now=now,
            waiting=waiting,
            text=text or None,
            before=key[0] if key else None,
            limit=limit + 1,
        )
    return page(rows, limit, lambda area: (area.id,))


async def count_states(db: Database, scope: Scope) -> dict[str, int]:
    async with scoped(db, scope) as conn:
        return await store.count_states(scope, conn)


async def list_bulletins(
    db: Database, scope: Scope, *, odd: bool, cursor: str | None, limit: int | None
) -> Page[Bulletin]:
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    async with scoped(db, scope) as conn:
        rows = await store.list_bulletins(scope, conn, odd=odd, before=key[0] if key else None, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


async def decide(
    db: Database, keys: Keys, scope: Scope, area_id: int, decision: AreaMeaning, language: Language
) -> RiskArea:
    """What an area means, by somebody who knows the place."""
    if decision.excepted and not decision.places:
        raise EXCEPTED_OUTSIDE()
    state: State = "dismissed" if decision.dismiss else "matched" if decision.places else "outside"
    places, excepted = ([], []) if decision.dismiss else (decision.places, decision.excepted)
    async with scoped(db, scope) as conn:
        area = await store.lock_area(scope, conn, area_id)
        if area is None:
            raise NOT_FOUND()
        if not await store.places_exist(scope, conn, [*places, *excepted]):
            raise PLACE_UNKNOWN()
        [now] = await store.list_areas(scope, conn, id=area_id)
        if now.state == state and _refs(now.places) == _refs(places) and _refs(now.excepted) == _refs(excepted):
            return now
        await store.decide_area(scope, conn, area, state, places, excepted)
        await store.state_areas(scope, conn, raised=[area_id])
        named = [f"{ref.kind}:{ref.id}" for ref in places]
        out = [f"{ref.kind}:{ref.id}" for ref in excepted]
        await audit.record(scope, conn, "areas.decide", f"area:{area_id}", state=state, places=named, excepted=out)
        again = {"withdraw": area_id} if area.state == "matched" else {}
        await runs.start(scope, conn, keys, STAYS, again, language=language)
        return (await store.list_areas(scope, conn, id=area_id))[0]


def _refs(places: Sequence[AreaPlace | PlaceRef]) -> set[tuple[str, int]]:
    return {(place.kind, place.id) for place in places}


async def change_level(
    db: Database, keys: Keys, scope: Scope, area_id: int, change: LevelChange, zone: ZoneInfo, language: Language
) -> RiskArea:
    """Another level from now on, or none, as an authority has decided."""
    at = clock_now()
    async with scoped(db, scope) as conn:
        area = await store.lock_area(scope, conn, area_id)
        if area is None:
            raise NOT_FOUND()
        there = (await store.open_levels(scope, conn, area.ord)).get(area_id)
        before = there.level if there else None
        if before != change.level:
            if there:
                await store.close_levels(scope, conn, [there.id], at)
            if change.level:
                await store.open_level(
                    scope,
                    conn,
                    ord=area.ord,
                    area_id=area_id,
                    level=change.level,
                    since=at,
                    source=change.source.strip(),
                    bulletin_id=None,
                    seen_on=at.astimezone(zone).date(),
                )
                lower = before is not None and GRAVITY[change.level] < GRAVITY[before]
                changed = [area_id]
                await store.state_areas(scope, conn, raised=[] if lower else changed, lowered=changed if lower else [])
            detail = {"before": before, "after": change.level, "source": change.source}
            await audit.record(scope, conn, "areas.level", f"area:{area_id}", **detail)
            await runs.start(scope, conn, keys, STAYS, {}, language=language)
        return (await store.list_areas(scope, conn, id=area_id))[0]


async def confirm(db: Database, keys: Keys, scope: Scope, given: AreasToConfirm, language: Language) -> AreasConfirmed:
    """A second official stands for what others stated: from now on it colours those who stayed there. All or none."""
    wanted = {area.id: area.stated_at for area in given.areas}
    async with scoped(db, scope) as conn:
        found = await store.lock_statements(scope, conn, list(wanted))
        if len(found) < len(wanted):
            raise NOT_FOUND()
        top = await units.is_top(scope, conn)
        for said in found:
            if said.confirmed or said.stated_at != wanted[said.id]:
                raise STATED_ANEW(name=said.name)
            if scope.behalf or not may_confirm(said, scope.actor, scope.lo, top=top):
                raise SECOND_OFFICIAL(name=said.name)
        await store.confirm_areas(scope, conn, list(wanted))
        for said in found:
            await audit.record(scope, conn, "areas.confirm", f"area:{said.id}", stated_by=said.stated_by)
        await runs.start(scope, conn, keys, STAYS, {}, language=language)
    return AreasConfirmed(len(found))


async def confirm_residents(
    db: Database, keys: Keys, scope: Scope, area_id: int, given: ResidentsToConfirm, language: Language
) -> RiskArea:
    """A second official stands for those who were put on lists of residents after the area was confirmed."""
    async with scoped(db, scope) as conn:
        if await store.lock_area(scope, conn, area_id) is None:
            raise NOT_FOUND()
        [area] = await store.list_areas(scope, conn, id=area_id)
        waiting = (await store.residents_waiting(scope, conn, [area_id])).get(area_id)
        if waiting is None or given.until > waiting.until:
            raise STATED_ANEW(name=area.name)
        if scope.behalf or not may_confirm_residents(waiting.ord, scope.lo, top=await units.is_top(scope, conn)):
            raise SECOND_OFFICIAL(name=area.name)
        await store.confirm_residents(scope, conn, area_id, given.until)
        detail = {"people": waiting.people, "until": given.until.isoformat()}
        await audit.record(scope, conn, "areas.residents", f"area:{area_id}", **detail)
        await runs.start(scope, conn, keys, STAYS, {}, language=language)
        return (await store.list_areas(scope, conn, id=area_id))[0]


async def start_run(
    db: Database, keys: Keys, scope: Scope, kind: str, upload_id: int, parameters: dict[str, object], language: Language
) -> int:
    """An import of a file."""
    parameters = parameters | {"behalf": scope.behalf}
    async with scoped(db, scope) as conn:
        return await runs.start(scope, conn, keys, kind, parameters, language=language, upload_id=upload_id)
