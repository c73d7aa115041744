"""Areas in the database. With a Scope: what accounts of a unit import and decide. `lane_…`: what residents look up;
`worker_…` is in stays.py."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from lianfang.access.scope import Scope
from lianfang.areas.decide import AreaPlace, Match, State, Statement, may_confirm, may_confirm_residents
from lianfang.areas.model import (
    Bulletin,
    Level,
    NewSite,
    PlaceRef,
    PublicArea,
    ResidentsWaiting,
    RiskArea,
    Row,
    TestSite,
)
from lianfang.areas.parse import Area, Issue
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.organisations import store as units

Q = Queries(__package__)
LAST_ID = (1 << 63) - 1


class OpenLevel(msgspec.Struct, frozen=True):
    """The level of an area now."""

    area_id: int
    id: int
    level: Level
    since: datetime
    source: str
    seen_on: date


class StoredArea(msgspec.Struct, frozen=True):
    id: int
    ord: int
    state: State


class Waiting(msgspec.Struct, frozen=True):
    """Residents of an area, named since it was confirmed; `ord`: the highest place of the lists they are on."""

    id: int
    people: int
    until: datetime
    ord: int


class _Listed(msgspec.Struct, frozen=True):
    id: int
    name: str
    code: str
    state: State
    doubt: str
    candidates: list[dict[str, Any]]
    level: Level | None
    since: datetime | None
    source: str
    seen_on: date | None
    places: list[dict[str, Any]]
    unit: str
    stated_by: list[str]
    stated_ord: int | None
    stated_at: datetime
    confirmed_at: datetime | None
    stated_names: list[str]
    below: int

    @property
    def said(self) -> Statement:
        kept = {name: getattr(self, name) for name in ("id", "name", "stated_by", "stated_ord", "stated_at", "below")}
        return Statement(**kept, confirmed=self.confirmed_at is not None)


def _interval(scope: Scope) -> dict[str, int]:
    return {"lo": scope.lo, "hi": scope.hi}


async def places_of(scope: Scope, conn: Connection, codes: Sequence[str]) -> list[AreaPlace]:
    """Units and checkpoints of these divisions (2, 4 or 6 digits), as far as the scope goes."""
    params = _interval(scope) | {"codes": [code.ljust(12, "0") for code in codes]}
    units = await fetch_all(conn, AreaPlace, Q.units_below, params)
    return list(dict.fromkeys([*units, *await fetch_all(conn, AreaPlace, Q.checkpoints_below, params)]))


async def insert_bulletin(
    scope: Scope, conn: Connection, row: Row, *, found: int, issues: list[Issue], content: bytes
) -> int | None:
    params = {name: getattr(row, name) for name in ("published_on", "source", "level", "region", "text", "declared")}
    more = {"ord": scope.lo, "found": found, "issues": Jsonb(msgspec.to_builtins(issues)), "content": content}
    stored: int | None = await fetch_value(conn, Q.insert_bulletin, params | more)
    return stored


async def list_bulletins(
    scope: Scope, conn: Connection, *, odd: bool, before: int | None, limit: int
) -> list[Bulletin]:
    params = _interval(scope) | {"odd": odd, "before": before or LAST_ID, "limit": limit}
    rows = await fetch_all(conn, Bulletin, Q.list_bulletins, params)
    return [msgspec.structs.replace(row, issues=msgspec.convert(row.issues, list[Issue])) for row in rows]


async def known_areas(scope: Scope, conn: Connection, keys: list[str]) -> dict[str, int]:
    rows = await (await conn.execute(Q.known_areas, {"ord": scope.lo, "keys": keys})).fetchall()
    return dict(rows)


async def insert_area(scope: Scope, conn: Connection, area: Area, name: str, found: Match) -> int:
    params = {
        "ord": scope.lo,
        "code": area.code,
        "whole": bool(area.code) and not (area.zone or area.town or area.village or area.rest or area.excepted),
        "name": name,
        "key": area.key,
        "area": Jsonb(msgspec.to_builtins(area)),
        "state": found.state,
        "doubt": found.doubt,
        "candidates": Jsonb(msgspec.to_builtins(found.candidates)),
    }
    area_id = int(await fetch_value(conn, Q.insert_area, params))
    await insert_places(scope, conn, area_id, scope.lo, found.places, found.excepted)
    return area_id


async def insert_places(
    scope: Scope,
    conn: Connection,
    area_id: int,
    ord: int,
    places: Sequence[AreaPlace | PlaceRef],
    excepted: Sequence[AreaPlace | PlaceRef],
) -> None:
    both = [*places, *excepted]
    params = {
        "area_id": area_id,
        "ord": ord,
        "units": [p.id if p.kind == "unit" else None for p in both],
        "checkpoints": [p.id if p.kind == "checkpoint" else None for p in both],
        "excepted": [False] * len(places) + [True] * len(excepted),
    }
    await conn.execute(Q.insert_places, params)


async def places_exist(scope: Scope, conn: Connection, refs: Sequence[PlaceRef]) -> bool:
    params = _interval(scope) | {
        "units": [ref.id for ref in refs if ref.kind == "unit"],
        "checkpoints": [ref.id for ref in refs if ref.kind == "checkpoint"],
    }
    there: int = await fetch_value(conn, Q.places_exist, params)
    return there == len({(ref.kind, ref.id) for ref in refs})


async def lock_area(scope: Scope, conn: Connection, area_id: int) -> StoredArea | None:
    return await fetch_one(conn, StoredArea, Q.lock_area, _interval(scope) | {"id": area_id})


async def decide_area(
    scope: Scope, conn: Connection, area: StoredArea, state: State, places: list[PlaceRef], excepted: list[PlaceRef]
) -> None:
    await conn.execute(Q.decide_area, _interval(scope) | {"id": area.id, "state": state, "actor": scope.actor})
    await conn.execute(Q.drop_places, _interval(scope) | {"area_id": area.id})
    await insert_places(scope, conn, area.id, area.ord, places, excepted)
    await conn.execute(Q.look_again, _interval(scope) | {"area_id": area.id})


async def open_levels(scope: Scope, conn: Connection, ord: int) -> dict[int, OpenLevel]:
    """By area."""
    rows = await fetch_all(conn, OpenLevel, Q.open_levels, {"ord": ord})
    return {row.area_id: row for row in rows}


async def state_areas(scope: Scope, conn: Connection, *, raised: Sequence[int], lowered: Sequence[int] = ()) -> None:
    """Whoever acts has said something new of these; it waits to be confirmed."""
    by = [actor for actor in (scope.actor, scope.behalf) if actor]
    params = _interval(scope) | {"ord": scope.lo, "by": by, "raised": list(raised), "lowered": list(lowered)}
    await conn.execute(Q.state_areas, params)


async def lock_statements(scope: Scope, conn: Connection, ids: list[int]) -> list[Statement]:
    return await fetch_all(conn, Statement, Q.lock_statements, _interval(scope) | {"ids": ids})


async def confirm_areas(scope: Scope, conn: Connection, ids: list[int]) -> None:
    await conn.execute(Q.confirm_areas, _interval(scope) | {"ids": ids, "actor": scope.actor})


async def open_level(
    scope: Scope,
    conn: Connection,
    *,
    ord: int,
    area_id: int,
    level: Level,
    since: datetime,
    source: str,
    bulletin_id: int | None,
    seen_on: date,
) -> OpenLevel:
    params = {"ord": ord, "area_id": area_id, "level": level, "since": since, "source": source, "seen_on": seen_on}
    id = int(await fetch_value(conn, Q.open_level, params | {"bulletin_id": bulletin_id}))
    return OpenLevel(area_id, id, level, since, source, seen_on)


async def close_levels(scope: Scope, conn: Connection, ids: list[int], until: datetime) -> None:
    await conn.execute(Q.close_levels, _interval(scope) | {"ids": ids, "until": until})


async def see_levels(scope: Scope, conn: Connection, ids: list[int], day: date, source: str) -> None:
    await conn.execute(Q.see_levels, _interval(scope) | {"ids": ids, "day": day, "source": source})


async def list_areas(
    scope: Scope,
    conn: Connection,
    *,
    state: State | None = None,
    level: Level | None = None,
    now: bool = False,
    waiting: bool = False,
    text: str | None = None,
    id: int | None = None,
    before: int | None = None,
    limit: int = 1,
) -> list[RiskArea]:
    """Newest first; `now`: only those with a level; `waiting`: that wait to be confirmed."""
    filters = {"state": state, "level": level, "now": now, "waiting": waiting, "text": text, "id": id}
    rows = await fetch_all(
        conn, _Listed, Q.list_areas, _interval(scope) | filters | {"before": before or LAST_ID, "limit": limit}
    )
    top = await units.is_top(scope, conn)
    waits = await residents_waiting(scope, conn, [row.id for row in rows])
    return [
        _shown(
            row,
            may_confirm(row.said, scope.actor, scope.lo, top=top),
            ResidentsWaiting(there.people, there.until, may_confirm_residents(there.ord, scope.lo, top=top))
            if (there := waits.get(row.id))
            else None,
        )
        for row in rows
    ]


async def residents_waiting(scope: Scope, conn: Connection, ids: list[int]) -> dict[int, Waiting]:
    """By area; of those that have any."""
    rows = await fetch_all(conn, Waiting, Q.residents_waiting, _interval(scope) | {"ids": ids})
    return {row.id: row for row in rows}


async def confirm_residents(scope: Scope, conn: Connection, area_id: int, until: datetime) -> None:
    params = _interval(scope) | {"id": area_id, "actor": scope.actor, "until": until}
    await conn.execute(Q.confirm_residents, params)


_KEPT = ("id", "name", "code", "state", "level", "since", "source", "seen_on", "unit", "stated_at", "confirmed_at")


def _shown(row: _Listed, mine_to_confirm: bool, waiting: ResidentsWaiting | None) -> RiskArea:
    kept = {name: getattr(row, name) for name in _KEPT}
    places = [(part.pop("excepted"), msgspec.convert(part, AreaPlace)) for part in row.places]
    return RiskArea(
        **kept,
        doubt=msgspec.convert(row.doubt, RiskArea.__annotations__["doubt"]),
        places=[place for excepted, place in places if not excepted],
        excepted=[place for excepted, place in places if excepted],
        candidates=msgspec.convert(row.candidates, list[AreaPlace]),
        stated_by=row.stated_names,
        mine_to_confirm=mine_to_confirm,
        residents_waiting=waiting,
    )


async def count_states(scope: Scope, conn: Connection) -> dict[str, int]:
    rows = await (await conn.execute(Q.count_states, _interval(scope))).fetchall()
    return dict(rows)


async def put_sites(scope: Scope, conn: Connection, rows: list[NewSite], source: str) -> list[tuple[int, bool]]:
    """Ids, and whether each is new."""
    params = {"ord": scope.lo, "source": source, "rows": msgspec.json.encode(rows).decode()}
    return [(id, created) for id, created in await (await conn.execute(Q.put_sites, params)).fetchall()]


async def close_sites(scope: Scope, conn: Connection, kept: list[int]) -> int:
    return (await conn.execute(Q.close_sites, _interval(scope) | {"ord": scope.lo, "kept": kept})).rowcount


async def lane_areas(
    conn: Connection, *, level: Level | None, text: str | None, code: str, after: tuple[str, int], limit: int
) -> list[PublicArea]:
    params = {"level": level, "text": text, "code": code, "after_code": after[0], "after_id": after[1], "limit": limit}
    return await fetch_all(conn, PublicArea, Q.lane_areas, params)


async def lane_level_counts(conn: Connection) -> list[tuple[Level, int, date]]:
    return [(row[0], row[1], row[2]) for row in await (await conn.execute(Q.lane_level_counts)).fetchall()]


async def lane_sites(
    conn: Connection, *, lat: float | None, lon: float | None, text: str | None, limit: int
) -> list[TestSite]:
    return await fetch_all(conn, TestSite, Q.lane_sites, {"lat": lat, "lon": lon, "text": text, "limit": limit})
