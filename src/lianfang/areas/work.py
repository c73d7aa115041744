"""Files of bulletins and of test sites, as runs."""

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec

from lianfang.access.scope import scoped
from lianfang.areas import service, store
from lianfang.areas.model import Row
from lianfang.areas.sheet import BadRow, bulletin_rows, site_rows
from lianfang.audit import store as audit
from lianfang.kit.errors import Text
from lianfang.kit.sheets.writing import write_xlsx
from lianfang.runs import service as runs
from lianfang.runs.work import Work
from lianfang.venues import store as venues

BAD_ROWS: Final = Text("错误行.xlsx", "bad-rows.xlsx")
_HEADER: Final = (Text("行号", "Row"), Text("错误原因", "Error"), Text("内容", "Content"))
CHUNK: Final = 1000


async def work_import(work: Work) -> dict[str, Any]:
    """Bulletins; begun again after a crash it finds what it stored."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "upload"
        await work.upload_to(path)
        read = await asyncio.to_thread(lambda: list(bulletin_rows(path)))
        bad = [row for row in read if isinstance(row, BadRow)]
        rows = [row for row in read if isinstance(row, Row)]
        await work.progress(0, len(rows))
        dry_run, complete = work.parameters["dry_run"], work.parameters["complete"]
        scope = replace(work.scope, behalf=work.parameters.get("behalf", ""))
        async with scoped(work.app, scope) as conn:
            result = await service.apply(scope, conn, rows, work.settings.zone, complete=complete, dry_run=dry_run)
            if not dry_run:
                await runs.start(work.scope, conn, work.keys, service.STAYS, {}, language=work.language)
        await _give_back(work, Path(directory), bad)
    summary: dict[str, Any] = msgspec.to_builtins(result)
    return summary | {"rejected": len(bad), "dry_run": dry_run}


async def work_sites(work: Work) -> dict[str, Any]:
    """Test sites; those that the list does not name are closed."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "upload"
        await work.upload_to(path)
        read = await asyncio.to_thread(lambda: list(site_rows(path)))
        bad = [row for row in read if isinstance(row, BadRow)]
        sites = {(row[1].name, row[1].address): row[1] for row in read if not isinstance(row, BadRow)}
        dry_run, given = work.parameters["dry_run"], list(sites.values())
        summary = {
            "rows": len(read),
            "rejected": len(bad),
            "repeated": len(read) - len(bad) - len(given),
            "dry_run": dry_run,
        }
        if not dry_run:
            kept: list[int] = []
            async with scoped(work.app, work.scope) as conn:
                created = 0
                for start in range(0, len(given), CHUNK):
                    put = await store.put_sites(
                        work.scope, conn, given[start : start + CHUNK], work.parameters["source"]
                    )
                    kept += [site_id for site_id, _ in put]
                    created += sum(new for _, new in put)
                # with a row that was refused we cannot know which site is missing from the list
                closed = 0 if bad else await store.close_sites(work.scope, conn, kept)
                summary |= {"created": created, "changed": len(given) - created, "closed": closed}
                await audit.record(work.scope, conn, "areas.sites", "sites", **summary)
                await venues.tell_all_doors(work.scope, conn)  # they name the nearest site to whoever lacks a test
        await _give_back(work, Path(directory), bad)
    return summary


async def _give_back(work: Work, directory: Path, bad: list[BadRow]) -> None:
    if not bad:
        return
    path = directory / "bad.xlsx"
    header = [text.show(work.language) for text in _HEADER]
    rows = [(row.line, row.reason.show(work.language, value=row.value), " | ".join(row.cells)[:30_000]) for row in bad]
    await asyncio.to_thread(write_xlsx, path, header, rows)
    await work.attach(BAD_ROWS.show(work.language), path)
