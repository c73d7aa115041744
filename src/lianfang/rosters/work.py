"""A roster's import as a run: the uploaded file in, the bad rows out."""

import tempfile
from pathlib import Path
from typing import Any

from lianfang.kit.errors import Text
from lianfang.rosters.importing import import_people, summary_of
from lianfang.runs.work import Work

BAD_ROWS = Text("错误行.xlsx", "bad-rows.xlsx")


async def work_import(work: Work) -> dict[str, Any]:
    """Begun again after a crash it finds what it stored, and changes nothing."""
    with tempfile.TemporaryDirectory() as directory:
        path, bad_rows = Path(directory) / "upload", Path(directory) / "bad.xlsx"
        await work.upload_to(path)
        result = await import_people(
            work.app,
            work.identity,
            work.keys,
            work.scope,
            work.parameters["roster_id"],
            path,
            dry_run=work.parameters["dry_run"],
            replace=work.parameters["replace"],
            language=work.language,
            progress=work.progress,
            bad_rows=bad_rows,
        )
        if result.rejected:
            await work.attach(BAD_ROWS.show(work.language), bad_rows)
    return summary_of(result) | {"roster_id": work.parameters["roster_id"]}
