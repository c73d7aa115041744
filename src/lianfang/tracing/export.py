"""What a trace found as a workbook: a run. Masked as on the screen; each contact with the longest time together."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.sheets.cells import Cell
from lianfang.kit.sheets.writing import write_xlsx
from lianfang.people import store as people
from lianfang.people.model import masked, unlock
from lianfang.runs import service as runs
from lianfang.runs.work import Work
from lianfang.tracing import store
from lianfang.tracing.api import TraceExport
from lianfang.tracing.service import finished_trace

KIND = "tracing.export"
AT_ONCE = 1000
HEADER = {
    "zh-CN": (
        "级别", "人员编号", "姓名", "证件", "手机", "首次接触", "最后接触", "共处分钟", "依据数", "次序分", "经由人员",
        "最长一次地点", "最长一次开始", "最长一次结束",
    ),
    "en": (
        "Degree", "Person", "Name", "Document", "Phone", "First exposure", "Last exposure", "Minutes", "Evidence",
        "Score", "Through", "Longest: place", "Longest: from", "Longest: to",
    ),
}  # fmt: skip


async def start(db: Database, keys: Keys, scope: Scope, trace_id: int, asked: TraceExport, language: Language) -> int:
    """Starts the run; recorded with its purpose. Problems: `not_found`, `trace_not_finished`."""
    purpose = checked_purpose(asked.purpose)
    async with scoped(db, scope) as conn:
        trace = await finished_trace(scope, conn, trace_id)
        total = trace.first + trace.second
        await audit.record(scope, conn, "tracing.export", f"trace:{trace_id}", purpose=purpose, people=total)
        return await runs.start(scope, conn, keys, KIND, {"trace_id": trace_id, "total": total}, language=language)


async def work(run: Work) -> dict[str, Any]:
    """Writes the file beside, then keeps it with the run. `rows`: how many people it has."""
    trace_id, loop = int(run.parameters["trace_id"]), asyncio.get_running_loop()

    def rows() -> Iterator[Sequence[Cell]]:
        written = 0
        for degree in (1, 2):
            after = (2.0, 0)
            while part := asyncio.run_coroutine_threadsafe(_part(run, trace_id, degree, after), loop).result():
                chunk, after = part
                yield from chunk
                written += len(chunk)
                asyncio.run_coroutine_threadsafe(run.progress(written, run.parameters["total"]), loop)

    with tempfile.TemporaryDirectory(prefix="lianfang-export-") as directory:
        path = Path(directory) / "contacts.xlsx"
        written = await asyncio.to_thread(write_xlsx, path, HEADER[run.language], rows())
        stamp = f"{clock_now().astimezone(run.settings.zone):%Y%m%d-%H%M%S}"
        await run.attach(f"lianfang-contacts-{trace_id}-{stamp}.xlsx", path)
    return {"rows": written}


async def _part(
    run: Work, trace_id: int, degree: int, after: tuple[float, int]
) -> tuple[list[Sequence[Cell]], tuple[float, int]] | None:
    """The next people and where to go on; None at the end."""
    scope = run.scope
    async with scoped(run.app, scope) as conn:
        found = await store.contacts(scope, conn, trace_id, degree, score=after[0], after=after[1], limit=AT_ONCE)
        if not found:
            return None
        ids = [row.person_id for row in found]
        known = await people.find_many(scope, conn, ids)
        longest = await store.longest(scope, conn, trace_id, ids)

    def at(instant: Any) -> str:
        return f"{instant.astimezone(run.settings.zone):%Y-%m-%d %H:%M}" if instant else ""

    rows: list[Sequence[Cell]] = []
    for row in found:
        who = masked(unlock(run.keys, known[row.person_id])) if row.person_id in known else None
        why = longest.get(row.person_id)
        rows.append((
            row.degree, str(row.person_id), who.name if who else "", who.document if who else "", who.phone if who else "",
            at(row.since), at(row.last), round(row.seconds / 60, 1), row.exposures, round(row.score, 4),
            str(row.via) if row.via else "",
            why.checkpoint if why else "", at(why.begins) if why else "", at(why.ends) if why else "",
        ))  # fmt: skip
    return rows, (found[-1].score, found[-1].person_id)
