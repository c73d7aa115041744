"""Verbs on shares: giving, taking back, and reading through them."""

from dataclasses import replace
from datetime import timedelta

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import NOT_FOUND, FieldError, Language, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as organisations
from lianfang.people import store as people
from lianfang.people.model import masked, unlock
from lianfang.sharing import store
from lianfang.sharing.model import Addressee, Kind, NewShare, Share, SharedAlert, SharedExport, SharedSearch
from lianfang.sharing.problems import (
    ADDRESSEE_UNKNOWN,
    SHARE_NO_EXPORT,
    SHARE_OTHER_KIND,
    SHARE_OVER,
    SHARE_WITH_ITSELF,
)
from lianfang.sharing.store import Opened
from lianfang.visits import records
from lianfang.visits.model import Record, RecordFilter, RecordSearch

LONGEST = timedelta(days=366)


async def list_given(db: Database, scope: Scope, *, cursor: str | None, limit: int | None) -> Page[Share]:
    """What one's own unit and those below share, newest first."""
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    async with scoped(db, scope) as conn:
        rows = await store.given(scope, conn, before=key[0] if key else audit.BEGINNING, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


async def list_received(db: Database, scope: Scope, *, cursor: str | None, limit: int | None) -> Page[Share]:
    """What one's own unit and those below are shown by others, newest first."""
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    async with scoped(db, scope) as conn:
        rows = await store.received(scope, conn, before=key[0] if key else audit.BEGINNING, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


async def find_addressees(db: Database, scope: Scope, words: str) -> list[Addressee]:
    """Units anywhere by their exact name or division code."""
    words = words.strip().replace("\0", "")
    if not words:
        return []
    async with scoped(db, scope) as conn:
        return await store.addressees(scope, conn, words)


async def give(db: Database, scope: Scope, new: NewShare) -> Share:
    purpose = checked_purpose(new.purpose)
    if errors := _period_errors(new):
        raise invalid(*errors)
    async with scoped(db, scope) as conn:
        place = await organisations.hold_place(scope, conn, new.unit_id)
        if place is None:
            raise NOT_FOUND()
        if await store.addressee(scope, conn, new.to_unit_id) is None:
            raise ADDRESSEE_UNKNOWN()
        inside = await organisations.find_place(scope, conn, new.to_unit_id)
        if inside is not None and place.lo <= inside.lo <= place.hi:
            raise SHARE_WITH_ITSELF()
        share_id = await store.insert(scope, conn, new, ord=place.lo, purpose=purpose)
        await audit.record(
            scope,
            conn,
            "shares.create",
            f"share:{share_id}",
            unit=place.id,
            to=new.to_unit_id,
            kind=new.kind,
            categories=new.categories,
            export=new.export,
            purpose=purpose,
            until=new.ends_at.isoformat(),
        )
        [made] = await store.given(scope, conn, before=share_id + 1, limit=1)
    return made


async def take_back(db: Database, scope: Scope, share_id: int) -> None:
    """From this moment on nothing is read through it."""
    async with scoped(db, scope) as conn:
        if not await store.revoke(scope, conn, share_id):
            raise NOT_FOUND()
        await audit.record(scope, conn, "shares.revoke", f"share:{share_id}")


async def read_records(
    db: Database, keys: Keys, scope: Scope, share_id: int, request: SharedSearch, language: Language
) -> Page[Record]:
    """A page of the other unit's records, masked as any list."""
    opened, owner = await _open(db, scope, share_id, "records", "shared.read")
    search = RecordSearch(
        since=request.since,
        until=request.until,
        verdict=request.verdict,
        cursor=request.cursor,
        limit=request.limit,
    )
    return await records.search(db, keys, owner, search, language, categories=opened.categories)


async def read_alerts(
    db: Database, keys: Keys, scope: Scope, share_id: int, *, cursor: str | None, limit: int | None
) -> Page[SharedAlert]:
    """A page of the other unit's fevers, newest first."""
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    _, owner = await _open(db, scope, share_id, "alerts", "shared.read")
    async with scoped(db, owner) as conn:
        rows = await store.alerts(owner, conn, before=key[0] if key else audit.BEGINNING, limit=limit + 1)
        known = await people.find_many(owner, conn, list({row.person_id for row in rows}))
    listed = page(rows, limit, lambda row: (row.id,))
    shown = []
    for row in listed.items:
        person = known.get(row.person_id)
        values = {name: getattr(row, name) for name in row.__struct_fields__ if name != "person_id"}
        shown.append(SharedAlert(**values, name=masked(unlock(keys, person)).name if person else ""))
    return Page(shown, listed.next)


async def prepare_export(
    db: Database, keys: Keys, scope: Scope, share_id: int, request: SharedExport
) -> tuple[records.Condition, Scope]:
    """Checks and records a file of shared records before its first byte leaves; what it holds, and the scope to read it in."""
    purpose = checked_purpose(request.purpose)
    opened, owner = await _open(db, scope, share_id, "records", "shared.export", export=True, purpose=purpose)
    filter = RecordFilter(since=request.since, until=request.until, verdict=request.verdict)
    condition = await records.prepare_export(
        db, keys, owner, filter, purpose, request.format, categories=opened.categories
    )
    return condition, owner


async def _open(
    db: Database, scope: Scope, share_id: int, kind: Kind, action: str, *, export: bool = False, **detail: object
) -> tuple[Opened, Scope]:
    """What the share opens, and a scope of the reader on exactly the owner's places. Recorded on both sides."""
    async with scoped(db, scope) as conn:
        if not await store.is_known(scope, conn, share_id):
            raise NOT_FOUND()
        opened = await store.open_share(scope, conn, share_id)
        if opened is None:
            raise SHARE_OVER()
        if opened.kind != kind:
            raise SHARE_OTHER_KIND()
        if export and not opened.export:
            raise SHARE_NO_EXPORT()
        await audit.record(scope, conn, action, f"share:{share_id}", kind=kind, **detail)
    owner = replace(scope, lo=opened.lo, hi=opened.hi)
    async with scoped(db, owner) as conn:
        await audit.record(owner, conn, action, f"share:{share_id}", kind=kind, **detail)
    return opened, owner


def _period_errors(new: NewShare) -> list[FieldError]:
    now = clock_now()
    begin = new.starts_at or now
    if now < new.ends_at and begin < new.ends_at <= begin + LONGEST:
        return []
    return [
        wrong_field(
            "ends_at",
            "range",
            "结束时间应晚于现在和开始时间，最长一年。",
            "The end must lie after now and after the beginning, by a year at most.",
        )
    ]
