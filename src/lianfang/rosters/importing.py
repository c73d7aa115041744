"""A file of people becomes a roster. All or nothing for the roster: one transaction; running it again changes nothing."""

import asyncio
import heapq
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, Language
from lianfang.kit.identifiers import mask_name, same_name
from lianfang.kit.sheets.cells import Cell
from lianfang.kit.sheets.writing import write_xlsx
from lianfang.people.service import ensure_people
from lianfang.people.store import NewPerson
from lianfang.rosters import store
from lianfang.rosters.check import Fault, explain
from lianfang.rosters.columns import REASON
from lianfang.rosters.problems import MISMATCH, NUMBER_HELD
from lianfang.rosters.reading import Bad, Good, Reading
from lianfang.rosters.store import Holder, Known

CHUNK: Final = 4000
Progress = Callable[[int, int | None], Awaitable[None]]


class Imported(msgspec.Struct, kw_only=True):
    """rows = created + changed + unchanged + rejected. `left`: members who were not in the file and have left because the
    list was replaced; `absent`: those who were not in the file and stay. `examples`: the template's own row, left out."""

    dry_run: bool
    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    left: int = 0
    absent: int = 0
    examples: int = 0
    full: bool = False
    """The sheet has as many rows as a sheet can have: it may have been cut off when it was exported."""
    unread: list[str] = []
    """Other sheets of the workbook that have something in them."""
    unknown: list[str] = []
    """Headings of columns that were not read."""


async def import_people(
    db: Database,
    identity: Database,
    keys: Keys,
    scope: Scope,
    roster_id: int,
    path: Path,
    *,
    dry_run: bool,
    replace: bool,
    language: Language,
    progress: Progress,
    bad_rows: Path,
) -> Imported:
    """Imports the file; rows that are wrong go into a workbook at `bad_rows`, which is not made when there are none."""
    with tempfile.TemporaryDirectory(dir=bad_rows.parent) as directory:
        reading = Reading(path, Path(directory), keys, language)
        steps = reading.steps(CHUNK)
        # in a thread: whatever else this process does goes on meanwhile
        while (rows := await asyncio.to_thread(next, steps, None)) is not None:
            await progress(rows, 2 * reading.expected if reading.expected else None)
        async with scoped(db, scope) as conn:
            writing = _Writing(
                scope, conn, identity, keys, roster_id, reading, language, dry_run=dry_run, replace=replace
            )
            result = await writing.run(progress)
        late = sorted(writing.rejected, key=lambda bad: bad.row)
        if result.rejected:
            rows_back = heapq.merge(reading.bad.bad(), late, key=lambda bad: bad.row)
            await asyncio.to_thread(_write_bad, bad_rows, reading.header.titles, rows_back, language)
    return result


class _Writing:
    """The second pass: what the checked rows change in the roster."""

    def __init__(
        self,
        scope: Scope,
        conn: Connection,
        identity: Database,
        keys: Keys,
        roster_id: int,
        reading: Reading,
        language: Language,
        *,
        dry_run: bool,
        replace: bool,
    ) -> None:
        self._scope, self._conn, self._identity, self._keys = scope, conn, identity, keys
        self._roster_id, self._reading, self._language, self._dry_run = roster_id, reading, language, dry_run
        # with a row that was refused we cannot know who is missing from the file
        self._replace = replace and not reading.bad.rows
        self.rejected: list[Bad] = []
        self._kept: list[int] = []
        self._result = Imported(
            dry_run=dry_run,
            rows=reading.rows,
            examples=reading.examples,
            full=reading.full,
            unread=reading.unread,
            unknown=reading.header.unknown,
        )

    async def run(self, progress: Progress) -> Imported:
        ord = await store.lock_roster(self._scope, self._conn, self._roster_id)
        if ord is None:
            raise NOT_FOUND()
        result, reading = self._result, self._reading
        rows = reading.good.good()
        while chunk := list(islice(rows, CHUNK)):
            await self._chunk(ord, chunk)
            await progress(reading.rows + result.created + result.changed + result.unchanged, 2 * reading.rows)
        result.rejected = reading.bad.rows + len(self.rejected)
        accounted = result.created + result.changed + result.unchanged + result.rejected
        if accounted != result.rows:
            raise MISMATCH(rows=result.rows, sum=accounted)
        result.absent = await store.count_missing(self._scope, self._conn, self._roster_id, self._kept)
        if self._replace:
            result.left, result.absent = result.absent, 0
            if not self._dry_run:
                result.left = await store.leave_missing(self._scope, self._conn, self._roster_id)
        if not self._dry_run:
            counts = {k: v for k, v in msgspec.to_builtins(result).items() if isinstance(v, int) and k != "dry_run"}
            await audit.record(self._scope, self._conn, "rosters.import", f"roster:{self._roster_id}", **counts)
        return result

    async def _chunk(self, ord: int, chunk: list[Good]) -> None:
        """Sorts the rows into new, changed and unchanged ones, and writes."""
        known = await store.known_members(self._scope, self._conn, self._roster_id, [good.index for good in chunk])
        moving = [n for good in chunk if (n := good.given.number) and _number_of(known.get(good.index)) != n]
        holders = await store.holders(self._scope, self._conn, self._roster_id, moving) if moving else {}
        fresh: list[Good] = []
        changed: list[tuple[int, Good]] = []
        for good in chunk:
            given, before = good.given, known.get(good.index)
            holder = holders.get(given.number)
            if holder and holder.document_index not in self._reading.documents:
                name = store.unseal(self._keys, holder.id, holder.given).name
                if before is None and same_name(name, given.name):
                    changed.append((holder.id, good))  # the same person's document, corrected
                    continue
                if not self._replace:  # else the holder leaves with this import
                    self._reject(good, holder, name)
                    continue
            if before is None:
                fresh.append(good)
            elif before.gone or before.content != store.content_of(self._keys, given):
                changed.append((before.id, good))
            else:
                self._kept.append(before.id)
                self._result.unchanged += 1
        self._kept += [member_id for member_id, _ in changed]
        if self._dry_run:
            self._result.created += len(fresh)
            self._result.changed += len(changed)
        else:
            await self._write(ord, fresh, changed)

    async def _write(self, ord: int, fresh: list[Good], changed: list[tuple[int, Good]]) -> None:
        if not fresh and not changed:
            return
        ids = [member_id for member_id, _ in changed]
        new_ids = await store.reserve_ids(self._scope, self._conn, len(fresh)) if fresh else []
        rows = [good for _, good in changed] + fresh
        # committed by itself, as the role that may write people: somebody known to the system and on no list does no harm
        people = {
            good.index: NewPerson(
                good.given.document_type, good.given.document, good.given.name, good.given.phone or None
            )
            for good in rows
        }
        person_ids = await ensure_people(self._identity, self._keys, people)
        members = await asyncio.to_thread(self._sealed, ids + new_ids, person_ids, rows)
        if fresh:
            self._result.created += await store.insert_members(
                self._scope, self._conn, self._roster_id, ord, members[len(ids) :]
            )
            self._kept += new_ids
        if ids:
            self._result.changed += await store.update_members(
                self._scope, self._conn, self._roster_id, members[: len(ids)]
            )

    def _sealed(self, ids: list[int], person_ids: dict[bytes, int], rows: list[Good]) -> list[store.MemberRow]:
        return [
            store.member_row(self._keys, member_id, person_ids[good.index], good.index, good.given)
            for member_id, good in zip(ids, rows, strict=True)
        ]

    def _reject(self, good: Good, holder: Holder, name: str) -> None:
        fault = Fault("number", NUMBER_HELD, {"number": holder.number, "name": mask_name(name)})
        reason = explain(self._reading.header, good.row, [fault], self._language)
        self.rejected.append(Bad(good.row, good.cells, reason))


def _number_of(known: Known | None) -> str:
    return known.number if known and not known.gone else ""


def _write_bad(path: Path, titles: list[str], rows: Iterator[Bad], language: Language) -> None:
    """The bad rows as they were, and why: the same columns, so that the file can be corrected and sent again."""
    header: list[str] = []
    for title in [*titles, REASON.show(language)]:
        header.append(title if title not in header else f"{title} {len(header) + 1}")

    def cells() -> Iterator[list[Cell]]:
        for bad in rows:
            yield [*bad.cells, *[""] * (len(titles) - len(bad.cells)), bad.reason]

    write_xlsx(path, header, cells())


def summary_of(result: Imported) -> dict[str, Any]:
    """For the run's record, which names nobody: a stranger's heading or sheet name is cut to what a heading is."""
    summary: dict[str, Any] = msgspec.to_builtins(result)
    summary["unread"] = [name[:31] for name in result.unread[:10]]
    summary["unknown"] = [name[:40] for name in result.unknown[:20]]
    return summary
