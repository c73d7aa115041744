"""Printing posters: counted and started in a request, set by a run or by the command line."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.config import Settings
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, Language, Text
from lianfang.organisations import store as organisations
from lianfang.organisations.model import Place
from lianfang.posters import store
from lianfang.posters.document import FONTS, at_once, join, require_fonts, typeset
from lianfang.posters.glyphs import lacking
from lianfang.posters.model import (
    POSTERS_MAX,
    Layout,
    Poster,
    PosterCount,
    PosterFilter,
    PosterRequest,
    Printed,
    pages,
)
from lianfang.posters.problems import NO_POSTERS, TOO_MANY_POSTERS
from lianfang.runs import service as runs
from lianfang.runs.model import Run
from lianfang.runs.work import Work
from lianfang.venues.service import door_link

KIND = "posters.print"
PAGES_PER_FILE = 2000
"""More go into several files: printers and viewers give up on larger ones."""
NAMED = 20
"""Names with characters that the font lacks, in the summary."""
PAPER: dict[Layout, Text] = {"a4": Text("A4纸", "A4"), "a5": Text("A5纸", "A5"), "sticker": Text("不干胶", "stickers")}
FILE_NAME = Text("海报-{unit}-{layout}", "posters-{unit}-{layout}")

Progress = Callable[[int, int], Awaitable[None]]
Take = Callable[[str, Path], Awaitable[None]]


async def count_posters(db: Database, settings: Settings, scope: Scope, wanted: PosterFilter) -> PosterCount:
    """How many posters a filter finds."""
    async with scoped(db, scope) as conn:
        part, _ = await _part(scope, conn, wanted.unit_id)
        first = await store.list_posters(part, conn, settings.zone, wanted, after=store.BEGINNING, limit=1)
        found = await store.count_posters(part, conn, settings.zone, wanted)
    return PosterCount(found, first[0].name if first else None)


async def start(
    db: Database, settings: Settings, keys: Keys, scope: Scope, request: PosterRequest, language: Language
) -> Run:
    """A run that prints the posters; refused at once where there is nothing to print, or nothing to print with."""
    require_fonts()
    async with scoped(db, scope) as conn:
        part, place = await _part(scope, conn, request.unit_id)
        found = await store.count_posters(part, conn, settings.zone, request)
        _check(found)
        await _record(scope, conn, place, request, found)
        parameters = msgspec.to_builtins(request)
        run_id = await runs.start(scope, conn, keys, KIND, parameters, language=language)
    return await runs.show(db, scope, run_id)


async def work(run: Work) -> dict[str, Any]:
    """The run: PDF files, and a summary of what is in them."""
    request = msgspec.convert(run.parameters, PosterRequest)
    printed = await make(
        run.app, run.settings, run.scope, request, run.language, progress=run.progress, take=run.attach
    )
    summary: dict[str, Any] = msgspec.to_builtins(printed)
    return summary


async def print_to(
    db: Database, settings: Settings, scope: Scope, request: PosterRequest, out: Path, *, progress: Progress
) -> tuple[Printed, list[Path]]:
    """For the command line: one file, or FILE-1.pdf, FILE-2.pdf … where there are more pages than one takes."""
    made: list[Path] = []

    async def take(name: str, path: Path) -> None:
        target = out.with_name(f"{out.stem}-{len(made) + 1}{out.suffix}")
        made.append(await asyncio.to_thread(path.replace, target))

    with tempfile.TemporaryDirectory(dir=out.parent) as folder:  # beside the target, so that a file can be moved there
        printed = await make(db, settings, scope, request, "zh-CN", progress=progress, take=take, folder=Path(folder))
    async with scoped(db, scope) as conn:
        _, place = await _part(scope, conn, request.unit_id)
        await _record(scope, conn, place, request, printed.posters)
    return printed, [await asyncio.to_thread(made[0].replace, out)] if len(made) == 1 else made


async def make(
    db: Database,
    settings: Settings,
    scope: Scope,
    request: PosterRequest,
    language: Language,
    *,
    progress: Progress,
    take: Take,
    folder: Path | None = None,
) -> Printed:
    """Sets the posters and hands each finished PDF to `take`."""
    bold = require_fonts() / FONTS[-1]
    async with scoped(db, scope) as conn:
        part, place = await _part(scope, conn, request.unit_id)
        total = await store.count_posters(part, conn, settings.zone, request)
    _check(total)
    title = FILE_NAME.show(language, unit=place.name if place else "", layout=PAPER[request.layout].show(language))
    several = pages(total, request.layout) > PAGES_PER_FILE
    step, after, done, files = at_once(request.layout), store.BEGINNING, 0, 0
    parts: list[Path] = []
    unprintable: list[str] = []
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        while True:
            async with scoped(db, scope) as conn:
                rows = await store.list_posters(part, conn, settings.zone, request, after=after, limit=step)
            if rows:
                posters = [_poster(settings, row) for row in rows]
                path = Path(scratch, f"{done}.pdf")
                pdf = await asyncio.to_thread(typeset, posters, request.layout, title=title)
                await asyncio.to_thread(path.write_bytes, pdf)
                parts.append(path)
                unprintable += [poster.name for poster in posters if lacking(bold, poster.name + poster.unit)]
                after, done = (rows[-1].ord, rows[-1].id), done + len(rows)
                await progress(done, max(done, total))
            last = len(rows) < step
            if parts and (last or pages(len(parts) * step, request.layout) >= PAGES_PER_FILE):
                files += 1
                target = Path(scratch, "joined.pdf")
                await asyncio.to_thread(join, parts, target, title=title)
                await take(f"{title}-{files}.pdf" if several else f"{title}.pdf", target)
                for path in parts:
                    path.unlink()
                parts.clear()
            if last:
                return Printed(done, pages(done, request.layout), len(unprintable), unprintable[:NAMED])


def _poster(settings: Settings, row: store.PosterRow) -> Poster:
    unit = f"{row.above} {row.unit}" if row.above else row.unit
    return Poster(row.name, unit, row.code, door_link(settings, row.code))


def _check(found: int) -> None:
    if not found:
        raise NO_POSTERS()
    if found > POSTERS_MAX:
        raise TOO_MANY_POSTERS(max=POSTERS_MAX, count=found)


async def _part(scope: Scope, conn: Connection, unit_id: int | None) -> tuple[Scope, Place | None]:
    """The scope below a unit, and the unit; the account's own where none is named."""
    if unit_id is None:
        own = await organisations.own_unit(scope, conn)
        if own is None:  # the installation's scope, which begins above the first unit
            return scope, None
        unit_id = own.id
    place = await organisations.find_place(scope, conn, unit_id)
    if place is None:
        raise NOT_FOUND()
    return scope.narrowed(place.lo, place.hi), place


async def _record(scope: Scope, conn: Connection, place: Place | None, request: PosterRequest, found: int) -> None:
    subject = f"unit:{place.id}" if place else "checkpoints"
    await audit.record(scope, conn, "checkpoints.print_posters", subject, rows=found, format=request.layout)
