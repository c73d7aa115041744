"""Rows of bulletins and of test sites from files, and bulletins from pasted text. Blocking: files are read in a thread."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from lianfang.areas.model import Level, NewSite, Row
from lianfang.areas.parse import plain
from lianfang.areas.problems import COLUMNS_MISSING
from lianfang.kit.coordinates import Point, bd09_to_wgs84, gcj02_to_wgs84
from lianfang.kit.errors import Text
from lianfang.kit.sheets.cells import Raw
from lianfang.kit.sheets.reading import SheetError, read_table
from lianfang.rosters.problems import of_sheet

HEADER_WITHIN: Final = 10
Headings = Mapping[str, tuple[str, ...]]

BULLETIN: Final[Headings] = {
    "published_on": ("发布日期", "日期", "publish_date", "date"),
    "source": ("发布单位", "来源", "source"),
    "level": ("风险等级", "等级", "level"),
    "region": ("地区", "所在地区", "region"),
    "declared": ("数量", "个数", "declared_count", "count"),
    "text": ("区域", "风险区域", "范围", "areas_text", "areas"),
}
SITE: Final[Headings] = {
    "name": ("名称", "采样点名称", "检测机构", "name"),
    "address": ("地址", "address"),
    "lat": ("纬度", "lat", "latitude"),
    "lon": ("经度", "lon", "lng", "longitude"),
    "system": ("坐标系", "coordinates", "coordinate system"),
    "hours": ("开放时间", "服务时间", "hours", "opening hours"),
    "phone": ("电话", "联系电话", "phone"),
    "note": ("备注", "说明", "note"),
}
_WORDS: Final[dict[Level, str]] = {"high": "高风险 高 high", "medium": "中风险 中 medium", "low": "低风险 低 low"}
LEVELS: Final = {word: level for level, words in _WORDS.items() for word in words.split()}
_SYSTEMS: Final[dict[str, Callable[[Point], Point]]] = {
    "": lambda point: point,
    "wgs84": lambda point: point,
    "gcj02": gcj02_to_wgs84,
    "bd09": bd09_to_wgs84,
}

BAD_DATE: Final = Text("日期“{value}”看不懂，请写成 2022-11-22。", "The date “{value}” is unclear; write 2022-11-22.")
BAD_LEVEL: Final = Text("风险等级“{value}”不在高、中、低之内。", "The level “{value}” is none of high, medium, low.")
BAD_COUNT: Final = Text("数量“{value}”不是整数。", "The count “{value}” is not a whole number.")
EMPTY: Final = Text("“{value}”一列是空的。", "The column “{value}” is empty.")
TOO_LONG: Final = Text("“{value}”一列太长。", "The column “{value}” is too long.")
BAD_POINT: Final = Text(
    "坐标“{value}”看不懂，请填十进制度数，经度和纬度都填或都不填。",
    "The coordinates “{value}” are unclear; give decimal degrees, both or neither.",
)
BAD_SYSTEM: Final = Text(
    "坐标系“{value}”不在 WGS84、GCJ02、BD09 之内。", "The system “{value}” is none of WGS84, GCJ02, BD09."
)


class BadRow(NamedTuple):
    """A row that was not stored, and why."""

    line: int
    cells: list[str]
    reason: Text
    value: str


def bulletin_rows(path: Path) -> Iterator[Row | BadRow]:
    """Problem `columns_missing`, and those of files."""
    for line, cells, row in _rows(path, BULLETIN, ("published_on", "level", "region", "text")):
        day, level, count = _day(row["published_on"]), level_of(row["level"]), row["declared"].strip()
        if day is None:
            yield BadRow(line, cells, BAD_DATE, row["published_on"])
        elif level is None:
            yield BadRow(line, cells, BAD_LEVEL, row["level"])
        elif count and not count.isdecimal():
            yield BadRow(line, cells, BAD_COUNT, count)
        elif len(row["region"]) > 200 or len(row["source"]) > 120:
            yield BadRow(line, cells, TOO_LONG, "地区" if len(row["region"]) > 200 else "发布单位")
        else:
            source = row["source"].strip() or row["region"].strip() or "—"
            yield Row(line, day, source, level, row["region"].strip(), int(count) if count else None, row["text"])


def site_rows(path: Path) -> Iterator[tuple[int, NewSite] | BadRow]:
    """The same of test sites; coordinates become WGS-84."""
    for line, cells, row in _rows(path, SITE, ("name", "address")):
        row = {column: text.strip() for column, text in row.items()}
        limits = {"name": 100, "address": 200, "hours": 100, "phone": 40, "note": 200}
        long = next((SITE[column][0] for column, limit in limits.items() if len(row[column]) > limit), None)
        system = row["system"].casefold().replace("-", "").replace(" ", "")
        point, given = _point(row["lat"], row["lon"]), row["lat"] + row["lon"]
        if not row["name"]:
            yield BadRow(line, cells, EMPTY, SITE["name"][0])
        elif long:
            yield BadRow(line, cells, TOO_LONG, long)
        elif system not in _SYSTEMS:
            yield BadRow(line, cells, BAD_SYSTEM, row["system"])
        elif given and point is None:
            yield BadRow(line, cells, BAD_POINT, f"{row['lat']}, {row['lon']}")
        else:
            lat, lon = _SYSTEMS[system](point) if point else (None, None)
            yield line, NewSite(row["name"], row["address"], lat, lon, row["hours"], row["phone"], row["note"])


def _rows(path: Path, headings: Headings, required: Sequence[str]) -> Iterator[tuple[int, list[str], dict[str, str]]]:
    known = {_key(word): column for column, words in headings.items() for word in words}
    columns: dict[int, str] = {}
    try:
        for number, cells in read_table(path).rows:
            texts = [_text(cell) for cell in cells]
            if not columns:
                found = {at: known[_key(text)] for at, text in enumerate(texts) if _key(text) in known}
                if set(required) <= set(found.values()):
                    columns = found
                elif number >= HEADER_WITHIN:
                    break
                continue
            row = dict.fromkeys(headings, "") | {name: texts[at] for at, name in columns.items() if at < len(texts)}
            yield number, texts, row
    except SheetError as error:
        raise of_sheet(error) from None
    if not columns:
        raise COLUMNS_MISSING(columns="、".join(headings[column][0] for column in required))


def _key(heading: str) -> str:
    return re.sub(r"[\s*:_.]", "", plain(heading)).casefold()


def _text(cell: Raw) -> str:
    if isinstance(cell, float) and cell == int(cell):
        return str(int(cell))
    return str(cell)


def _day(text: str) -> date | None:
    match = re.match(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})", plain(text))
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def level_of(text: str) -> Level | None:
    return LEVELS.get(re.sub(r"(?:地区|区域|区)$", "", plain(text)).casefold())


def _point(lat: str, lon: str) -> Point | None:
    try:
        point = Point(float(lat), float(lon))
    except ValueError:
        return None
    return point if -90 <= point.lat <= 90 and -180 <= point.lon <= 180 else None


_HEAD: Final = re.compile(r"^[一二三四五六七八九十、.\d(（]*([高中低])风险(?:地区|区域|区)?[^:：；，]{0,20}[:：]?\s*$")
_INLINE: Final = re.compile(
    r"^[一二三四五六七八九十、.\d(（]*([高中低])风险(?:地区|区域|区)?[^:：；，]{0,20}[:：]\s*(?=.)"
)
_REGION: Final = re.compile(
    r"^(?P<region>[\u4e00-\u9fff]{2,20})\s*[（(]?(?P<count>\d{1,3})?\s*个?[)）]?\s*[:：]\s*(?P<text>.+)$"
)


def text_rows(text: str, published_on: date, source: str, level: Level | None, region: str) -> list[Row]:
    """A bulletin in prose: lines that say a level, and below them lines that say a region, how many, and the areas."""
    rows: list[Row] = []
    for line, words in enumerate(text.splitlines(), 1):
        words = words.strip()
        if head := _HEAD.match(words):
            level = LEVELS[head[1]]
            continue
        if inline := _INLINE.match(words):
            level, words = LEVELS[inline[1]], words[inline.end() :]
        if not words or level is None:
            continue
        if found := _REGION.match(words):
            count = int(found["count"]) if found["count"] else None
            rows.append(Row(line, published_on, source, level, found["region"], count, found["text"]))
        else:
            rows.append(Row(line, published_on, source, level, region, None, words))
    return rows
