"""The content of files: cut into parts, each encrypted for its place, so that no file is ever whole in memory."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import IO

from lianfang.access.scope import Scope, scoped
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.runs import store

PART = 1 << 20
"""Bytes of a part."""


def place(file_id: int, seq: int) -> str:
    """What a part is encrypted for."""
    return f"run_file_parts.data:{file_id}:{seq}"


async def save(
    scope: Scope,
    conn: Connection,
    keys: Keys,
    source: IO[bytes],
    *,
    run_id: int | None,
    result: bool,
    name: str,
    size: int,
) -> int:
    """Stores a file in the caller's transaction; its id."""
    file_id = await store.insert_file(scope, conn, run_id=run_id, result=result, name=name, size=size)
    await store.insert_parts(scope, conn, file_id, _parts(keys, source, file_id))
    return file_id


def _parts(keys: Keys, source: IO[bytes], file_id: int) -> Iterator[bytes]:
    seq = 0
    while data := source.read(PART):
        yield keys.encrypt_bytes(data, place(file_id, seq))
        seq += 1


async def content(db: Database, scope: Scope, keys: Keys, file_id: int) -> AsyncIterator[bytes]:
    """A file's bytes, a part and a transaction at a time: a slow reader holds no connection."""
    seq = 0
    while True:
        async with scoped(db, scope) as conn:
            data = await store.part(scope, conn, file_id, seq)
        if data is None:
            return
        yield keys.decrypt_bytes(data, place(file_id, seq))
        seq += 1


async def write_to(path: Path, chunks: AsyncIterator[bytes]) -> None:
    with path.open("wb") as file:
        async for chunk in chunks:
            file.write(chunk)
