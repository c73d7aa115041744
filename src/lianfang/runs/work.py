"""Working a run: what a handler gets, and how its end is written down."""

import io
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.crypto import Keys
from lianfang.kit.db import UNAVAILABLE, Database
from lianfang.kit.errors import Language, Problem, render
from lianfang.kit.failures import as_problem
from lianfang.runs import files, store
from lianfang.runs.model import State
from lianfang.runs.problems import ACCOUNT_DISABLED, UPLOAD_GONE
from lianfang.runs.service import file_name, parameters_place

PROGRESS_EVERY_S = 0.4


@dataclass(frozen=True)
class Means:
    """What every run works with."""

    settings: Settings
    keys: Keys
    app: Database
    identity: Database
    worker: Database
    lane: Database


@dataclass
class Work:
    """One run being worked. A handler acts under `scope`, as the account that started it; after a crash it is called again
    with the same run, so it must be idempotent."""

    run_id: int
    scope: Scope
    language: Language
    parameters: dict[str, Any]
    means: Means
    _written: float = field(default=0.0, repr=False)

    @property
    def app(self) -> Database:
        return self.means.app

    @property
    def identity(self) -> Database:
        return self.means.identity

    @property
    def worker(self) -> Database:
        return self.means.worker

    @property
    def lane(self) -> Database:
        return self.means.lane

    @property
    def keys(self) -> Keys:
        return self.means.keys

    @property
    def settings(self) -> Settings:
        return self.means.settings

    async def progress(self, done: int, total: int | None = None) -> None:
        """How far it is; may be called as often as one likes."""
        if time.monotonic() - self._written >= PROGRESS_EVERY_S:
            self._written = time.monotonic()
            async with self.worker.transaction() as conn:
                await store.worker_progress(conn, self.run_id, done, total)

    async def upload_to(self, path: Path) -> str:
        """Writes the uploaded file to `path`; the name it had."""
        async with self.worker.transaction() as conn:
            file = await store.worker_upload_of(conn, self.run_id)
        if file is None:
            raise UPLOAD_GONE()
        # parts are read as the worker: the unit may have moved since the upload
        await files.write_to(path, files.content(self.worker, self.scope, self.keys, file.id))
        return file.name

    async def attach(self, name: str, source: Path | bytes | AsyncIterator[bytes]) -> None:
        """A result file, in place of an earlier one of that name."""
        name = file_name(name)
        with tempfile.SpooledTemporaryFile(max_size=8 << 20) as spool:
            if isinstance(source, AsyncIterator):
                async for chunk in source:
                    spool.write(chunk)
                size = spool.tell()
                spool.seek(0)
                await self._save(name, spool, size)
            elif isinstance(source, Path):
                with source.open("rb") as file:
                    await self._save(name, file, os.fstat(file.fileno()).st_size)
            else:
                await self._save(name, io.BytesIO(source), len(source))

    async def _save(self, name: str, source: Any, size: int) -> None:
        async with self.worker.transaction() as conn:
            await store.worker_drop_results(conn, self.run_id, name)
            await files.save(self.scope, conn, self.keys, source, run_id=self.run_id, result=True, name=name, size=size)


Handler = Callable[[Work], Awaitable[dict[str, Any]]]
"""Does the work of one kind of run; returns its summary (counts and codes, nothing of a person)."""


async def execute(run_id: int, handlers: Mapping[str, Handler], means: Means) -> None:
    """Works a run to its end, whatever that is: done with a summary, or failed with a sentence for whoever started it.

    Raises what says that the database is away: the run is then begun again later.
    """
    async with means.worker.transaction() as conn:
        taken = await store.worker_take(conn, run_id)
        if taken is None:
            return
        await store.worker_drop_results(conn, run_id)
    place = parameters_place(taken.kind, taken.actor)
    parameters = msgspec.json.decode(means.keys.decrypt(taken.parameters, place), type=dict[str, Any])
    work = Work(run_id, taken.scope, taken.language, parameters, means)
    state: State = "done"
    summary: dict[str, Any] = {}
    error = ""
    try:
        if taken.disabled:
            raise ACCOUNT_DISABLED()
        summary = await handlers[taken.kind](work)
    except UNAVAILABLE:
        raise
    except Exception as failure:
        state, error = "failed", _sentence(as_problem(failure, f"run/{taken.kind}"), taken.language)
    async with means.worker.transaction() as conn:
        await store.worker_finish(conn, run_id, state, summary, error)


def _sentence(problem: Problem, language: Language) -> str:
    details = render(problem, language)
    return " ".join([details.detail, *(error.detail for error in details.errors)])
