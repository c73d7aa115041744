"""Writing a large export: a run that anybody may leave alone."""

import asyncio
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from lianfang.config import Settings
from lianfang.kit.clock import now as clock_now
from lianfang.kit.sheets.writing import write_csv, write_xlsx
from lianfang.runs.work import Work
from lianfang.visits import export, records
from lianfang.visits.model import RecordExport

TOLD_EVERY = 5000  # rows


def stem(settings: Settings) -> str:
    """The file's name without its ending."""
    return f"lianfang-records-{clock_now().astimezone(settings.zone):%Y%m%d-%H%M%S}"


async def work(run: Work) -> dict[str, Any]:
    """Writes the file beside, then keeps it with the run. `rows`: how many records it has."""
    request = msgspec.convert(run.parameters, RecordExport)
    condition, total = await records.condition_of(run.app, run.keys, run.scope, request)
    loop = asyncio.get_running_loop()

    def counted(rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
        for number, row in enumerate(rows, 1):
            if not number % TOLD_EVERY:
                asyncio.run_coroutine_threadsafe(run.progress(number, total), loop)
            yield row

    def write(path: Path) -> int:
        header, rows = export.open_table(run.app, run.keys, run.settings, run.scope, condition, run.language)
        if request.format == "xlsx":
            return write_xlsx(path, header, counted(rows))
        written = 0

        def numbered() -> Iterator[Sequence[str]]:
            nonlocal written
            for row in counted(rows):
                written += 1
                yield row

        with path.open("wb") as file:
            file.writelines(write_csv(numbered(), header))
        return written

    with tempfile.TemporaryDirectory(prefix="lianfang-export-") as directory:
        path = Path(directory) / "records"
        written = await asyncio.to_thread(write, path)
        await run.attach(f"{stem(run.settings)}.{request.format}", path)
    return {"rows": written}
