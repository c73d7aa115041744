"""Verbs on runs."""

from collections.abc import AsyncIterator, Mapping
from typing import IO, Any

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, Language
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.runs import files, store
from lianfang.runs.model import RUNS_KEPT, UPLOADS_KEPT, Run, Upload
from lianfang.runs.problems import UPLOAD_EMPTY, UPLOAD_GONE


def parameters_place(kind: str, actor: str) -> str:
    """What a run's parameters are encrypted for: they name what it does, for whom."""
    return f"runs.parameters:{kind}:{actor}"


async def start(
    scope: Scope,
    conn: Connection,
    keys: Keys,
    kind: str,
    parameters: Mapping[str, Any],
    *,
    language: Language,
    upload_id: int | None = None,
) -> int:
    """A run, in the caller's transaction: when it commits, the worker begins. Problem `upload_gone`."""
    run_id = await prepare(scope, conn, keys, kind, parameters, language=language, upload_id=upload_id)
    await store.defer(scope, conn, run_id)
    return run_id


async def prepare(
    scope: Scope,
    conn: Connection,
    keys: Keys,
    kind: str,
    parameters: Mapping[str, Any],
    *,
    language: Language,
    upload_id: int | None = None,
) -> int:
    """A run that no worker hears of: whoever made it works it (the command line). Problem `upload_gone`."""
    sealed = keys.encrypt(msgspec.json.encode(parameters).decode(), parameters_place(kind, scope.actor))
    run_id = await store.insert(scope, conn, kind=kind, language=language, parameters=sealed)
    if upload_id is not None and not await store.give_upload(scope, conn, upload_id, run_id):
        raise UPLOAD_GONE()
    await audit.record(scope, conn, "runs.start", f"run:{run_id}", kind=kind)
    return run_id


async def show(db: Database, scope: Scope, run_id: int) -> Run:
    """A run of the account's own; Problem `not_found`."""
    async with scoped(db, scope) as conn:
        run = await store.find(scope, conn, run_id)
    if run is None:
        raise NOT_FOUND()
    return run


async def list_runs(db: Database, scope: Scope, cursor: str | None, limit: int | None) -> Page[Run]:
    """The account's own runs, newest first."""
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    async with scoped(db, scope) as conn:
        rows = await store.latest(scope, conn, before=key[0] if key else None, limit=limit + 1)
    return page(rows, limit, lambda run: (run.id,))


async def upload(db: Database, scope: Scope, keys: Keys, name: str, source: IO[bytes], size: int) -> Upload:
    """Keeps a file for the run to come. Problem `upload_empty`."""
    if not size:
        raise UPLOAD_EMPTY()
    name = file_name(name)
    async with scoped(db, scope) as conn:
        file_id = await files.save(scope, conn, keys, source, run_id=None, result=False, name=name, size=size)
    return Upload(file_id, name, size)


async def download(db: Database, scope: Scope, keys: Keys, run_id: int, name: str) -> tuple[int, AsyncIterator[bytes]]:
    """Size and content of a file that one's own run made; recorded. Problem `not_found`."""
    async with scoped(db, scope) as conn:
        file = await store.find_file(scope, conn, run_id, name)
        if file is None:
            raise NOT_FOUND()
        await audit.record(scope, conn, "runs.download", f"run:{run_id}", file=file.id)
    return file.size, files.content(db, scope, keys, file.id)


async def resume(worker: Database) -> None:
    """Gives unfinished runs a new job where theirs was given up: the worker was stopped in the middle of them."""
    async with worker.transaction() as conn:
        await store.worker_resume(conn)


async def tidy(worker: Database) -> None:
    """Drops runs and uploads that are past their time, with their files."""
    async with worker.transaction() as conn:
        await store.worker_drop_old(conn, runs=RUNS_KEPT, uploads=UPLOADS_KEPT)


async def oldest_job_s(worker: Database) -> float:
    """For how long the oldest job that is due has been waiting."""
    async with worker.transaction() as conn:
        return await store.worker_oldest_job(conn)


def file_name(name: str) -> str:
    """The last part of a path, as files are named in downloads and messages."""
    clean = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable() and c not in '"<>|:*?')
    return clean.strip(" .")[-200:] or "file"
