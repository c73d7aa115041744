"""What residents look up without signing in: areas with a level now, and places that take samples."""

import math

import msgspec

from lianfang.areas import store
from lianfang.areas.model import Level, PublicArea, TestSite
from lianfang.kit.coordinates import Point, gcj02_to_wgs84
from lianfang.kit.db import Database
from lianfang.kit.errors import invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page

KEPT_S = 60
SITES_MAX = 50


class LevelCount(msgspec.Struct, frozen=True):
    level: Level
    areas: int
    seen_on: str
    """Day of the newest bulletin."""


class PublicAreas(msgspec.Struct, frozen=True):
    """`counts` of all, whatever the filter."""

    items: list[PublicArea]
    next: str | None
    counts: list[LevelCount]


async def areas(
    lane: Database, *, level: Level | None, text: str | None, code: str, cursor: str | None, limit: int | None
) -> PublicAreas:
    if not (code.isdecimal() or not code) or len(code) > 6:
        raise invalid(
            wrong_field("code", "format", "区划代码应为 2、4 或 6 位数字。", "A division code has 2, 4 or 6 digits.")
        )
    limit = clamp(limit)
    after = decode_cursor(cursor, tuple[str, int]) or ("", 0)
    async with lane.connection() as conn:
        rows = await store.lane_areas(
            conn, level=level, text=(text or "").strip() or None, code=code, after=after, limit=limit + 1
        )
        counts = await store.lane_level_counts(conn)
    listed: Page[PublicArea] = page(rows, limit, lambda area: (area.code, area.id))
    return PublicAreas(listed.items, listed.next, [LevelCount(a, b, c.isoformat()) for a, b, c in counts])


async def sites(
    lane: Database, *, lat: float | None, lon: float | None, gcj02: bool, text: str | None
) -> Page[TestSite]:
    """The nearest sites; without a position, all by name, as many as one looks through."""
    here: Point | None = None
    if lat is not None and lon is not None:
        if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
            raise invalid(wrong_field("lat", "range", "坐标超出范围。", "The coordinate is out of range."))
        here = gcj02_to_wgs84(Point(lat, lon)) if gcj02 else Point(lat, lon)
    async with lane.connection() as conn:
        found = await store.lane_sites(
            conn,
            lat=here.lat if here else None,
            lon=here.lon if here else None,
            text=(text or "").strip() or None,
            limit=SITES_MAX,
        )
    return Page(found)
