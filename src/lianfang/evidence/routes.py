"""/me/evidence"""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Router, get

from lianfang.access.rules import FAMILY
from lianfang.access.scope import Scope, scoped
from lianfang.evidence import store
from lianfang.evidence.model import Kind
from lianfang.kit.db import Database
from lianfang.kit.paging import Page, clamp, decode_cursor, page


class OwnEvidence(msgspec.Struct, frozen=True):
    """What is known of oneself: when it was, who says so, how sure it is, since when it is known here. `corrected`: something
    later says otherwise."""

    id: UUID
    kind: Kind
    at: datetime
    until: datetime | None
    result: str
    subject: str | None
    source: str
    confidence: int
    recorded_at: datetime
    corrected: bool


@get("/me/evidence", **FAMILY)
async def show_own_evidence(
    db: Database, acting: Scope, cursor: str | None = None, limit: int | None = None
) -> Page[OwnEvidence]:
    """One's own tests, vaccinations and whatever else is known, newest first."""
    limit = clamp(limit)
    before = decode_cursor(cursor, tuple[datetime, UUID])
    async with scoped(db, acting) as conn:
        rows = await store.own(acting, conn, limit=limit + 1, before=before)
    found = page(rows, limit, lambda row: (row.at, row.id))
    names = [name for name in OwnEvidence.__struct_fields__ if name != "corrected"]
    shown = [
        OwnEvidence(**{name: getattr(row, name) for name in names}, corrected=row.superseded_by is not None)
        for row in found.items
    ]
    return Page(shown, found.next)


router = Router("/", route_handlers=[show_own_evidence], tags=["evidence"])
