"""Files of evidence: one official sends it, another one, of a unit above, accepts it. Nobody turns red by a list someone typed."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.intake import store
from lianfang.intake.columns import REASON
from lianfang.intake.model import EvidenceFile, EvidenceImport, EvidenceImportStarted, Good, Origin
from lianfang.intake.problems import DECIDED, SECOND_PERSON
from lianfang.intake.reading import Bad, Reading
from lianfang.intake.store import StoredImport
from lianfang.intake.taking import take
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, Language, Text, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.kit.sheets.cells import Cell
from lianfang.kit.sheets.writing import write_xlsx
from lianfang.organisations import store as organisations
from lianfang.runs import service as runs
from lianfang.runs.work import Work

READ, STORE = "evidence.read", "evidence.store"
PART: Final = 2_000
"""Rows of one encrypted part, and of one transaction."""
CONFIDENCE: Final = 90
BAD_ROWS: Final = Text("错误行.xlsx", "bad-rows.xlsx")


async def start(
    db: Database, keys: Keys, scope: Scope, account_id: int, request: EvidenceFile, language: Language
) -> EvidenceImportStarted:
    """Reads an uploaded file; unless it is a dry run, it then waits for somebody above."""
    source = " ".join(request.source.split())
    if not source:
        raise invalid(wrong_field("source", "empty", "请填写来源。", "Say whose statements these are."))
    async with scoped(db, scope) as conn:
        place = await organisations.find_place(scope, conn, request.unit_id)
        if place is None:
            raise NOT_FOUND()
        parameters = {
            "unit_id": place.id,
            "source": source,
            "dry_run": request.dry_run,
            "by": account_id,
        }
        run_id = await runs.start(scope, conn, keys, READ, parameters, language=language, upload_id=request.upload_id)
    return EvidenceImportStarted(run_id)


async def work_read(work: Work) -> dict[str, Any]:
    """Every row is good, or given back with its reason."""
    parameters = work.parameters
    reading = Reading(work.keys, parameters["source"], work.settings.zone, work.language)
    with tempfile.TemporaryDirectory() as directory:
        path, bad_rows = Path(directory) / "upload", Path(directory) / "bad.xlsx"
        file_name = await work.upload_to(path)
        await asyncio.to_thread(reading.read, path)
        if reading.bad:
            await asyncio.to_thread(_write_bad, bad_rows, reading.titles, reading.bad, work.language)
            await work.attach(BAD_ROWS.show(work.language), bad_rows)
    summary: dict[str, Any] = {
        "dry_run": parameters["dry_run"],
        "rows": len(reading.good) + len(reading.bad),
        "good": len(reading.good),
        "rejected": len(reading.bad),
        "counts": reading.counts,
    }
    if not parameters["dry_run"] and reading.good:
        summary["import_id"] = await _submit(work, file_name, reading)
    return summary


async def _submit(work: Work, file_name: str, reading: Reading) -> int:
    parameters = work.parameters
    async with scoped(work.app, work.scope) as conn:
        place = await organisations.find_place(work.scope, conn, parameters["unit_id"])
        if place is None:
            raise NOT_FOUND()
        import_id = await store.insert_import(
            work.scope,
            conn,
            unit_id=place.id,
            ord=place.lo,
            source=parameters["source"],
            file_name=file_name,
            counts=reading.counts,
            by=parameters["by"],
        )
        detail = {"unit": place.id, "good": len(reading.good), "rejected": len(reading.bad)}
        await audit.record(work.scope, conn, "evidence.submit", f"import:{import_id}", **detail)
    async with work.worker.transaction() as conn:
        for seq, at in enumerate(range(0, len(reading.good), PART)):
            data = msgspec.json.encode(reading.good[at : at + PART])
            await store.worker_insert_part(conn, import_id, seq, work.keys.encrypt_bytes(data, _place(import_id, seq)))
    return import_id


async def work_store(work: Work) -> dict[str, Any]:
    """An accepted file becomes evidence, part by part; begun again after a crash it finds what it stored."""
    import_id = int(work.parameters["import_id"])
    async with scoped(work.app, work.scope) as conn:
        row = await _existing(work.scope, conn, import_id)
    origin = Origin(f"unit:{row.unit_id}", f"import:{import_id}", CONFIDENCE)
    states: Counter[str] = Counter()
    total, seq = sum(row.counts.values()), 0
    while True:
        async with work.worker.transaction() as conn:
            data = await store.worker_part(conn, import_id, seq)
            if data is None:
                await store.worker_drop_parts(conn, import_id)
                break
            rows = msgspec.json.decode(work.keys.decrypt_bytes(data, _place(import_id, seq)), type=list[Good])
            states.update(state or "rejected" for state in await take(work.identity, conn, work.keys, origin, rows))
        seq += 1
        await work.progress(states.total(), total)
    return dict(states) | {"import_id": import_id}


async def list_imports(db: Database, scope: Scope, cursor: str | None, limit: int | None) -> Page[EvidenceImport]:
    """Files of one's own unit and below, newest first."""
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    async with scoped(db, scope) as conn:
        rows = await store.imports(scope, conn, before=key[0] if key else 1 << 62, limit=limit + 1)
    return page([_shown(scope, row) for row in rows], limit, lambda row: (row.id,))


async def accept(
    db: Database, keys: Keys, scope: Scope, account_id: int, import_id: int, language: Language
) -> EvidenceImportStarted:
    """It counts. Problems `second_person`, `intake_decided`."""
    async with scoped(db, scope) as conn:
        await _decide(scope, conn, account_id, import_id, "accepted", "")
        run_id = await runs.start(scope, conn, keys, STORE, {"import_id": import_id}, language=language)
        await store.set_import_run(scope, conn, import_id, run_id)
    return EvidenceImportStarted(run_id)


async def refuse(db: Database, worker: Database, scope: Scope, account_id: int, import_id: int, note: str) -> None:
    """It does not count, and its rows are dropped."""
    async with scoped(db, scope) as conn:
        await _decide(scope, conn, account_id, import_id, "refused", " ".join(note.split()))
    async with worker.transaction() as conn:
        await store.worker_drop_parts(conn, import_id)


async def _decide(scope: Scope, conn: Connection, account_id: int, import_id: int, state: str, note: str) -> None:
    row = await _existing(scope, conn, import_id)
    if row.submitted_by == account_id or row.ord == scope.lo:
        raise SECOND_PERSON()
    if not await store.decide_import(scope, conn, import_id, state=state, by=account_id, note=note):
        raise DECIDED()
    await audit.record(scope, conn, f"evidence.{state}", f"import:{import_id}", submitted_by=row.submitted_by)


async def _existing(scope: Scope, conn: Connection, import_id: int) -> StoredImport:
    rows = await store.imports(scope, conn, id=import_id)
    if not rows:
        raise NOT_FOUND()
    return rows[0]


def _shown(scope: Scope, row: StoredImport) -> EvidenceImport:
    kept = {name: getattr(row, name) for name in row.__struct_fields__ if name != "ord"}
    return EvidenceImport(**kept, mine=row.ord == scope.lo)


def _place(import_id: int, seq: int) -> str:
    return f"evidence_import_parts.data:{import_id}:{seq}"


def _write_bad(path: Path, titles: list[str], rows: list[Bad], language: Language) -> None:
    """The bad rows as they were, and why: the same columns, so that the file can be corrected and sent again."""
    header: list[str] = []
    for title in [*titles, REASON.show(language)]:
        header.append(title if title not in header else f"{title} {len(header) + 1}")

    def cells() -> Iterator[list[Cell]]:
        for bad in rows:
            yield [*bad.cells, bad.reason]

    write_xlsx(path, header, cells())
