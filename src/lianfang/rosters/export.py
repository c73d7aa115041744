"""A roster as a file: read in chunks, masked unless whoever works from it needs it in the clear."""

from collections.abc import Iterator

from psycopg.rows import class_row

from lianfang.access.scope import Scope, scoped, scoped_blocking
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.rosters.columns import LABELS
from lianfang.rosters.model import ExportRequest, Roster, StoredMember, document_words
from lianfang.rosters.service import existing, masked, shown, unlock
from lianfang.rosters.store import Q
from lianfang.rosters.template import ORDER

CHUNK = 2000


def header(language: Language) -> list[str]:
    """The template's columns, so that an export in the clear can be corrected and imported."""
    return [LABELS[column].show(language) for column in ORDER]


async def prepare_export(db: Database, scope: Scope, roster_id: int, request: ExportRequest) -> Roster:
    """Checks and records an export before its first byte leaves."""
    purpose = checked_purpose(request.purpose)
    async with scoped(db, scope) as conn:
        roster = await existing(scope, conn, roster_id)
        await audit.record(
            scope,
            conn,
            "rosters.export",
            f"roster:{roster_id}",
            format=request.format,
            clear=request.clear,
            left=request.left,
            purpose=purpose,
            unit=roster.unit_id,
        )
    return shown(roster)


def rows_of(
    db: Database, keys: Keys, scope: Scope, roster_id: int, request: ExportRequest, language: Language
) -> Iterator[tuple[str, ...]]:
    """Every member, chunk by chunk. Blocking: runs in a thread."""
    params = {
        "roster_id": roster_id,
        "lo": scope.lo,
        "hi": scope.hi,
        "gone": request.left,
        "number": "",
        "department": "",
        "documents": None,
        "phone": None,
        "name": None,
        "limit": CHUNK,
        "after": 0,
    }
    with scoped_blocking(db, scope) as conn, conn.cursor(row_factory=class_row(StoredMember)) as cursor:
        while rows := cursor.execute(Q.list_members, params).fetchall():
            params["after"] = rows[-1].id
            for row in rows:
                member = unlock(keys, row)
                member = member if request.clear else masked(member)
                yield (
                    member.number,
                    member.name,
                    document_words(row.document_type, language),
                    member.document,
                    member.phone,
                    member.department,
                    member.job_category,
                )
