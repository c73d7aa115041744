"""Importing division codes (GB/T 2260 and the 12-digit statistical codes): a file in any order becomes places in the tree."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import cast, get_args

import msgspec

from lianfang.access.scope import LAST, Scope, scoped
from lianfang.audit import store as audit
from lianfang.kit.db import Connection, Database
from lianfang.organisations import store
from lianfang.organisations.model import CODE_DIGITS, Level
from lianfang.organisations.places import NoRoom, allocate, spread

COLUMNS = ("code", "name", "level", "parent_code")


class Rejected(msgspec.Struct, frozen=True):
    """A row that was not stored: its line in the file, its code, and why."""

    line: int
    code: str
    reason: str


class Row(msgspec.Struct, frozen=True):
    """One division; `code` and `parent` zero-filled to 12 digits (no parent: a province)."""

    line: int
    code: str
    name: str
    level: Level
    parent: str | None


class ImportResult(msgspec.Struct, frozen=True):
    """rows = created + renamed + unchanged + len(rejected)"""

    rows: int
    created: int
    renamed: int
    unchanged: int
    rejected: list[Rejected]


def parse(rows: Iterable[tuple[int, Mapping[str, str]]]) -> tuple[list[Row], list[Rejected]]:
    """Checks each row by itself: the code has its level's digits and begins with its parent's, the name is there, no code twice."""
    good: dict[str, Row] = {}
    rejected = []
    for line, cells in rows:
        code, name, level, parent = (str(cells.get(column) or "").strip() for column in COLUMNS)
        reason = _fault(code, name, level, parent)
        if not reason and (full := code.ljust(12, "0")) in good:
            reason = f"代码与第 {good[full].line} 行重复 · code {code} was already given in line {good[full].line}"
        if reason:
            rejected.append(Rejected(line, code, reason))
        else:
            full = code.ljust(12, "0")
            good[full] = Row(line, full, name, cast(Level, level), parent.ljust(12, "0") if parent else None)
    return list(good.values()), rejected


def _fault(code: str, name: str, level: str, parent: str) -> str | None:
    digits = CODE_DIGITS.get(cast(Level, level)) if level in get_args(Level) else None
    if digits is None:
        return f"级别不在可选范围内 · level {level!r} is none of {', '.join(CODE_DIGITS)}"
    if not (code.isascii() and code.isdecimal()) or len(code) not in (digits, 12) or code[digits:].strip("0"):
        return (
            f"该级别的代码应为 {digits} 位（或补零至 12 位）· a {level} code has {digits} digits (or 12, zero-filled)"
        )
    if not 1 <= len(name) <= 100:
        return "名称缺失或超过 100 个字 · the name is missing or longer than 100 characters"
    if any(unicodedata.category(character) == "Cc" for character in name):
        return "名称含有控制字符 · the name holds a control character"
    above = parent.rstrip("0")
    if level == "province":
        return f"省级没有上级，却填了 {parent} · a province has no parent, {parent} was given" if parent else None
    if (
        not (parent.isascii() and parent.isdecimal())
        or not code.startswith(above)
        or len(above) >= len(code.rstrip("0"))
    ):
        return f"上级代码不是本代码的前缀 · parent_code {parent or '(none)'} is not the beginning of code {code}"
    return None


async def import_divisions(db: Database, scope: Scope, rows: Iterable[tuple[int, Mapping[str, str]]]) -> ImportResult:
    """Stores every good row in one transaction; running the same file again changes nothing."""
    good, rejected = parse(rows)
    async with scoped(db, scope) as conn:
        known = {division.code: division for division in await store.divisions(scope, conn)}
        fresh = {row.code: row for row in good if row.code not in known}
        rejected += _drop_orphans(fresh, known)
        renamed = 0
        for row in good:
            if (division := known.get(row.code)) and division.name != row.name:
                await store.rename(scope, conn, division.id, row.name)
                renamed += 1
        rejected += await _create(scope, conn, fresh, known)
        await audit.record(
            scope, conn, "units.import", "divisions", created=len(fresh), renamed=renamed, rejected=len(rejected)
        )
    unchanged = sum(row.code in known for row in good) - renamed
    rejected.sort(key=lambda r: r.line)
    return ImportResult(len(fresh) + renamed + unchanged + len(rejected), len(fresh), renamed, unchanged, rejected)


def _drop_orphans(fresh: dict[str, Row], known: Mapping[str, store.Division]) -> list[Rejected]:
    """Takes out, with everything below them, rows whose parent is neither in the file nor in the tree."""
    rejected = []
    # a parent's code is a shorter prefix, so sorted order meets it first
    for row in sorted(fresh.values(), key=lambda row: row.code):
        if row.parent and row.parent not in fresh and row.parent not in known:
            del fresh[row.code]
            rejected.append(
                Rejected(
                    row.line,
                    row.code,
                    f"上级 {row.parent} 不在文件中，也不在组织机构中 · its parent {row.parent} is neither in the file nor in the tree",
                )
            )
    return rejected


async def _create(
    scope: Scope, conn: Connection, fresh: dict[str, Row], known: Mapping[str, store.Division]
) -> list[Rejected]:
    """Places and stores new rows; each new subtree hangs under a known unit or is a new province."""
    children: dict[str, list[str]] = defaultdict(list)
    tops: dict[str | None, list[str]] = defaultdict(list)
    for row in sorted(fresh.values(), key=lambda row: row.code):
        (children[row.parent] if row.parent in fresh else tops[row.parent]).append(row.code)
    places: dict[str, tuple[int, int]] = {}
    rejected = []
    for parent, codes in tops.items():
        try:
            if parent is None:
                blocks = allocate(0, LAST - 1, await store.last_root(scope, conn), children=len(codes))
            else:
                at = known[parent]
                blocks = allocate(at.lo, at.hi, at.used_hi, children=len(codes))
            for code, (lo, hi) in zip(codes, blocks, strict=True):
                places |= spread(code, children, lo, hi)
        except NoRoom as error:
            for code in codes:
                row = fresh[code]
                rejected.append(
                    Rejected(
                        row.line,
                        row.code,
                        f"上级下的位置已用完，请建在其他单位下 · {error}: create it under another unit or re-place the tree",
                    )
                )
    for code in [code for code in fresh if code not in places]:
        row = fresh.pop(code)
        if all(r.line != row.line for r in rejected):
            rejected.append(
                Rejected(row.line, code, f"上级 {row.parent} 没有存入 · its parent {row.parent} was not stored")
            )
    ids = dict(zip(places, await store.reserve_ids(scope, conn, len(places)), strict=True))
    ids |= {code: division.id for code, division in known.items()}
    await store.insert_many(
        scope,
        conn,
        [
            (
                ids[code],
                ids[parent] if (parent := fresh[code].parent) else None,
                code,
                fresh[code].name,
                fresh[code].level,
                lo,
                hi,
            )
            for code, (lo, hi) in places.items()
        ],
    )
    return rejected
