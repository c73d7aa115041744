"""Runs in the database. Whoever starts one sees only their own; `worker_…`: worked as lianfang_worker."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.errors import Language
from lianfang.kit.sql import Queries
from lianfang.runs.model import Run, RunFile, State

Q = Queries(__package__)
NEWEST = (1 << 63) - 1


class StoredFile(msgspec.Struct, frozen=True):
    """A file's row; its content is in parts."""

    id: int
    name: str
    size: int


class _FileOfRun(msgspec.Struct, frozen=True):
    run_id: int
    name: str
    size: int


class Taken(msgspec.Struct, frozen=True):
    """A run that this worker has taken on."""

    id: int
    kind: str
    actor: str
    role: str
    language: Language
    parameters: bytes
    lo: int
    hi: int
    disabled: bool

    @property
    def scope(self) -> Scope:
        return Scope(self.actor, self.role, self.lo, self.hi)


def _own(scope: Scope) -> dict[str, Any]:
    return {"actor": scope.actor, "lo": scope.lo, "hi": scope.hi}


async def insert(scope: Scope, conn: Connection, *, kind: str, language: Language, parameters: bytes) -> int:
    params = {"ord": scope.lo, "actor": scope.actor, "role": scope.role, "language": language, "kind": kind}
    return int(await fetch_value(conn, Q.insert_run, params | {"parameters": parameters}))


async def defer(scope: Scope, conn: Connection, run_id: int) -> None:
    await conn.execute(Q.defer, {"id": run_id})


async def give_upload(scope: Scope, conn: Connection, upload_id: int, run_id: int) -> bool:
    """Whether there was such an upload of this account, not yet used."""
    params = _own(scope) | {"upload_id": upload_id, "run_id": run_id}
    return await fetch_value(conn, Q.give_upload, params) is not None


async def find(scope: Scope, conn: Connection, run_id: int) -> Run | None:
    run = await fetch_one(conn, Run, Q.find, _own(scope) | {"id": run_id})
    return (await _with_files(conn, [run]))[0] if run else None


async def latest(scope: Scope, conn: Connection, *, before: int | None, limit: int) -> list[Run]:
    """The account's runs, newest first."""
    params = _own(scope) | {"before": before or NEWEST, "limit": limit}
    return await _with_files(conn, await fetch_all(conn, Run, Q.latest, params))


async def _with_files(conn: Connection, runs: list[Run]) -> list[Run]:
    files = await fetch_all(conn, _FileOfRun, Q.files_of, {"run_ids": [run.id for run in runs]})
    return [
        msgspec.structs.replace(run, files=[RunFile(f.name, f.size) for f in files if f.run_id == run.id])
        for run in runs
    ]


async def find_file(scope: Scope, conn: Connection, run_id: int, name: str) -> StoredFile | None:
    return await fetch_one(conn, StoredFile, Q.find_file, _own(scope) | {"run_id": run_id, "name": name})


async def insert_file(scope: Scope, conn: Connection, *, run_id: int | None, result: bool, name: str, size: int) -> int:
    params = {"ord": scope.lo, "actor": scope.actor, "run_id": run_id, "result": result, "name": name, "size": size}
    return int(await fetch_value(conn, Q.insert_file, params))


async def insert_parts(scope: Scope, conn: Connection, file_id: int, parts: Iterable[bytes]) -> None:
    for seq, data in enumerate(parts):
        await conn.execute(Q.insert_part, {"file_id": file_id, "seq": seq, "data": data})


async def part(scope: Scope, conn: Connection, file_id: int, seq: int) -> bytes | None:
    data = await fetch_value(conn, Q.part, {"file_id": file_id, "seq": seq})
    return None if data is None else bytes(data)


async def worker_take(conn: Connection, run_id: int) -> Taken | None:
    """The run, unless it is finished or its unit is gone."""
    return await fetch_one(conn, Taken, Q.take, {"id": run_id})


async def worker_resume(conn: Connection) -> None:
    await conn.execute(Q.resume)


async def worker_upload_of(conn: Connection, run_id: int) -> StoredFile | None:
    return await fetch_one(conn, StoredFile, Q.upload_of, {"run_id": run_id})


async def worker_drop_results(conn: Connection, run_id: int, name: str | None = None) -> None:
    await conn.execute(Q.drop_results, {"run_id": run_id, "name": name})


async def worker_progress(conn: Connection, run_id: int, done: int, total: int | None) -> None:
    await conn.execute(Q.progress, {"id": run_id, "done": done, "total": total})


async def worker_finish(conn: Connection, run_id: int, state: State, summary: dict[str, Any], error: str) -> None:
    await conn.execute(Q.finish, {"id": run_id, "state": state, "summary": Jsonb(summary), "error": error})


async def worker_drop_old(conn: Connection, *, runs: timedelta, uploads: timedelta) -> None:
    await conn.execute(Q.drop_old_runs, {"kept": runs})
    await conn.execute(Q.drop_old_uploads, {"kept": uploads})


async def worker_oldest_job(conn: Connection) -> float:
    seconds: float = await fetch_value(conn, Q.oldest_job)
    return seconds
