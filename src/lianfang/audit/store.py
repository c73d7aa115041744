"""Writing and reading the audit log."""

import re
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from lianfang.access.scope import LAST, Scope
from lianfang.kit.db import Connection, fetch_all
from lianfang.kit.sql import Queries

Q = Queries(__package__)
_REF = re.compile(r"([a-z]+):([0-9]{1,18})")
BEGINNING = (1 << 63) - 1


class Entry(msgspec.Struct, frozen=True):
    """One line of the log. `subject` and `detail` name people by id only. The names are what actor and subject are called
    today; empty for people, and for what is gone or outside the reader's area."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    actor_name: str = ""
    subject_name: str = ""


class _Name(msgspec.Struct, frozen=True):
    ref: str
    name: str


async def record(scope: Scope, conn: Connection, action: str, subject: str, **detail: Any) -> None:
    """Writes an entry in the caller's transaction: if the deed is undone, so is its entry."""
    # a resident's scope covers no unit: their entries stand at the end of the space, which only the whole tree covers
    ord = scope.lo if scope.lo <= scope.hi else LAST
    if scope.behalf:
        detail["on_behalf_of"] = scope.behalf
    await conn.execute(
        Q.record, {"ord": ord, "actor": scope.actor, "action": action, "subject": subject, "detail": Jsonb(detail)}
    )


async def latest(scope: Scope, conn: Connection, *, before: int = BEGINNING, limit: int) -> list[Entry]:
    """Entries made under units of this scope, newest first."""
    entries = await fetch_all(conn, Entry, Q.latest, {"lo": scope.lo, "hi": scope.hi, "before": before, "limit": limit})
    names = await _names(conn, {ref for entry in entries for ref in (entry.actor, entry.subject)})
    return [
        msgspec.structs.replace(e, actor_name=names.get(e.actor, ""), subject_name=names.get(e.subject, ""))
        for e in entries
    ]


async def _names(conn: Connection, refs: set[str]) -> dict[str, str]:
    known = [match for ref in refs if (match := _REF.fullmatch(ref))]
    params = {"kinds": [match[1] for match in known], "ids": [int(match[2]) for match in known]}
    return {row.ref: row.name for row in await fetch_all(conn, _Name, Q.called, params)}
