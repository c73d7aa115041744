"""Writing and reading the audit log."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from lianfang.access.scope import LAST, Scope
from lianfang.kit.db import Connection, fetch_all
from lianfang.kit.sql import Queries

Q = Queries(__package__)
BEGINNING = (1 << 63) - 1


class Entry(msgspec.Struct, frozen=True):
    """One line of the log. `subject` and `detail` name people by id only."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


async def record(scope: Scope, conn: Connection, action: str, subject: str, **detail: Any) -> None:
    """Writes an entry in the caller's transaction: if the deed is undone, so is its entry."""
    # a resident's scope covers no unit: their entries stand at the end of the space, which only the whole tree covers
    ord = scope.lo if scope.lo <= scope.hi else LAST
    await conn.execute(
        Q.record, {"ord": ord, "actor": scope.actor, "action": action, "subject": subject, "detail": Jsonb(detail)}
    )


async def latest(scope: Scope, conn: Connection, *, before: int = BEGINNING, limit: int) -> list[Entry]:
    """Entries made under units of this scope, newest first."""
    return await fetch_all(conn, Entry, Q.latest, {"lo": scope.lo, "hi": scope.hi, "before": before, "limit": limit})
