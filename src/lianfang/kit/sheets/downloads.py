"""A table as the answer to a request: CSV as it is read, a workbook once it is complete (it is a zip archive)."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from litestar.background_tasks import BackgroundTask
from litestar.response import File, Stream

from lianfang.kit.sheets.cells import Cell
from lianfang.kit.sheets.writing import write_csv, write_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def table(
    stem: str, kind: Literal["csv", "xlsx"], header: Sequence[str], rows: Iterator[Sequence[Cell]]
) -> Stream | File:
    """`rows` are read in a thread; `stem` is the file's name without its ending, in ASCII."""
    if kind == "csv":
        disposition = {"content-disposition": f'attachment; filename="{stem}.csv"'}
        return Stream(write_csv(rows, header), media_type="text/csv", headers=disposition)
    return await workbook(stem, lambda path: write_xlsx(path, header, rows))


async def workbook(stem: str, write: Callable[[Path], object]) -> File:
    """What `write`, in a thread, puts into the file that it is given."""
    directory = tempfile.TemporaryDirectory(prefix="lianfang-export-")
    name = f"{stem}.xlsx"
    path = Path(directory.name) / name
    await asyncio.to_thread(write, path)
    return File(path, filename=name, media_type=XLSX, background=BackgroundTask(directory.cleanup))
