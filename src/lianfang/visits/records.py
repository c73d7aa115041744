"""Records: searching, counting, opening and exporting visits of a part of the tree."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from psycopg import sql
from psycopg.rows import class_row

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.kit import identifiers, ids
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, FieldError, Language, invalid
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as organisations
from lianfang.people import store as people
from lianfang.people.model import Me, StoredPerson, masked, unlock
from lianfang.people.problems import IDENTIFIER_TEXTS
from lianfang.people.service import possible_documents
from lianfang.runs import service as runs
from lianfang.venues import store as venues
from lianfang.venues.model import Category
from lianfang.visits import store
from lianfang.visits.given import given_answers
from lianfang.visits.model import (
    EXPORT_DIRECT_MAX,
    Clock,
    Record,
    RecordDetail,
    RecordExport,
    RecordFilter,
    RecordKey,
    RecordSearch,
    Source,
    Verdict,
)
from lianfang.visits.notes import explained
from lianfang.visits.problems import EXPORT_TOO_LARGE
from lianfang.visits.rows import DetailRow
from lianfang.visits.store import SKEW

EXPORT_RUN = "records.export"
NOBODY = Me(0, "", "other", "", "", datetime.min)  # noqa: DTZ901  (the visit is ours to see, the person is not)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A visit with the names of its place."""

    person_id: int
    scan_id: UUID
    at: datetime
    recorded_at: datetime
    checkpoint_id: int
    verdict: Verdict
    reason: str
    source: Source
    clock: Clock
    checkpoint: str
    category: Category
    unit_id: int
    unit: str
    celsius: float | None
    celsius_at: datetime | None
    seat: str | None
    tenant_id: int | None
    floor: str | None
    tenant: str | None
    note: bytes | None


class Condition(NamedTuple):
    """A WHERE clause and its parameters."""

    where: sql.Composable
    params: dict[str, Any]


# The page is cut before the names are joined, so that the cut is an index scan whatever the planner thinks of the joins.
SELECT = sql.SQL(
    """
    WITH v AS MATERIALIZED (
      SELECT person_id, scan_id, at, recorded_at, checkpoint_id, verdict, reason, source, clock,
             celsius::float8, celsius_at, seat, tenant_id, note
      FROM visits v WHERE {where} ORDER BY at DESC, scan_id DESC {limit}
    )
    SELECT v.*, k.name AS checkpoint, k.category, u.id AS unit_id, u.name AS unit, t.floor, t.name AS tenant
    FROM v JOIN checkpoints k ON k.id = v.checkpoint_id JOIN units u ON u.id = k.unit_id
    LEFT JOIN tenants t ON t.id = v.tenant_id
    ORDER BY v.at DESC, v.scan_id DESC
    """
)
COUNT = sql.SQL("SELECT count(*) FROM visits v WHERE {where}")
MORE_THAN = sql.SQL("SELECT FROM visits v WHERE {where} OFFSET %(max)s LIMIT 1")


async def search(
    db: Database,
    keys: Keys,
    scope: Scope,
    request: RecordSearch,
    language: Language,
    categories: Sequence[Category] = (),
) -> Page[Record]:
    """A page of records, newest first; of doors of some categories, where they are given."""
    limit = clamp(request.limit)
    after = decode_cursor(request.cursor, tuple[datetime, UUID])
    async with scoped(db, scope) as conn:
        condition = await _condition(keys, scope, conn, request, categories)
        if after:
            condition = Condition(
                sql.SQL("{} AND (v.at, v.scan_id) < (%(after_at)s, %(after_id)s)").format(condition.where),
                condition.params | {"after_at": after[0], "after_id": after[1]},
            )
        query = SELECT.format(where=condition.where, limit=sql.SQL("LIMIT %(limit)s"))
        async with conn.cursor(row_factory=class_row(Row)) as cursor:
            # planned anew each time: the best index depends on how large the part of the tree is
            await cursor.execute(query, condition.params | {"limit": limit + 1}, prepare=False)
            rows = await cursor.fetchall()
        known = await people.find_many(scope, conn, list({row.person_id for row in rows}))
        if request.document or request.phone:
            await audit.record(scope, conn, "records.search_person", "person", found=len(known))
    listed = page(rows, limit, lambda row: (row.at, row.scan_id))
    return Page([_record(keys, row, known, language) for row in listed.items], listed.next)


async def count(db: Database, keys: Keys, scope: Scope, request: RecordFilter) -> int:
    async with scoped(db, scope) as conn:
        condition = await _condition(keys, scope, conn, request)
        cursor = await conn.execute(COUNT.format(where=condition.where), condition.params, prepare=False)
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def detail(db: Database, keys: Keys, scope: Scope, request: RecordKey, language: Language) -> RecordDetail:
    """One record with the person in the clear. Whoever opens it says why, and is recorded."""
    purpose = checked_purpose(request.purpose)
    async with scoped(db, scope) as conn:
        row = await store.find_record(scope, conn, request.person_id, request.scan_id)
        if row is None:
            raise NOT_FOUND()
        stored = await people.find(scope, conn, row.person_id)
        template = await venues.find_template(scope, conn, row.template_id)
        if stored is None:  # a visit imported for somebody who registered themselves shows nothing of them
            raise NOT_FOUND()
        assert template is not None
        await audit.record(
            scope, conn, "records.open", f"visit:{row.person_id}:{row.scan_id}", person=row.person_id, purpose=purpose
        )
    person = unlock(keys, stored)
    return RecordDetail(
        **_shared(row),
        serial=ids.serial(row.scan_id),
        name=person.name,
        document=person.document,
        phone=person.phone,
        reason_text=explained(keys, row, language),
        answers=given_answers(keys, template, row.person_id, row.scan_id, row.answers),
        left_at=row.left_at,
        left_how=row.left_how,
    )


async def prepare_export(
    db: Database,
    keys: Keys,
    scope: Scope,
    request: RecordFilter,
    purpose: str,
    kind: str,
    categories: Sequence[Category] = (),
) -> Condition:
    """Checks and records an export that is sent at once, before its first byte leaves. Problem `export_too_large`."""
    async with scoped(db, scope) as conn:
        condition = await _condition(keys, scope, conn, request, categories)
        await _record_export(scope, conn, request, purpose, kind)
        more = MORE_THAN.format(where=condition.where)
        params = condition.params | {"max": EXPORT_DIRECT_MAX}
        if await (await conn.execute(more, params, prepare=False)).fetchone() is not None:
            raise EXPORT_TOO_LARGE(max=EXPORT_DIRECT_MAX)
    return condition


async def start_export(db: Database, keys: Keys, scope: Scope, request: RecordExport, language: Language) -> int:
    """Starts a run that writes the file; checked and recorded as one that is sent at once. The run's id."""
    async with scoped(db, scope) as conn:
        await _condition(keys, scope, conn, request)
        await _record_export(scope, conn, request, request.purpose, request.format)
        return await runs.start(scope, conn, keys, EXPORT_RUN, msgspec.to_builtins(request), language=language)


async def condition_of(db: Database, keys: Keys, scope: Scope, request: RecordFilter) -> tuple[Condition, int]:
    """A filter as SQL, and how many records it finds."""
    async with scoped(db, scope) as conn:
        condition = await _condition(keys, scope, conn, request)
        row = await (
            await conn.execute(COUNT.format(where=condition.where), condition.params, prepare=False)
        ).fetchone()
    assert row is not None
    return condition, int(row[0])


async def _record_export(scope: Scope, conn: Connection, request: RecordFilter, purpose: str, kind: str) -> None:
    await audit.record(
        scope,
        conn,
        "records.export",
        "records",
        format=kind,
        purpose=checked_purpose(purpose),
        unit=request.unit_id,
        checkpoint=request.checkpoint_id,
        tenant=request.tenant_id,
        since=request.since and request.since.isoformat(),
        until=request.until and request.until.isoformat(),
        document=bool(request.document),
        phone=bool(request.phone),
    )


async def _condition(
    keys: Keys, scope: Scope, conn: Connection, request: RecordFilter, categories: Sequence[Category] = ()
) -> Condition:
    """The filter as SQL. The part of the tree is always in it: row-level security checks it once more."""
    part = scope
    if request.unit_id is not None:
        place = await organisations.find_place(scope, conn, request.unit_id)
        if place is None:
            raise NOT_FOUND()
        part = scope.narrowed(place.lo, place.hi)
    clauses = ["v.ord BETWEEN %(lo)s AND %(hi)s"]
    params: dict[str, Any] = {"lo": part.lo, "hi": part.hi}
    if request.checkpoint_id is not None:
        clauses.append("v.checkpoint_id = %(checkpoint_id)s")
        params["checkpoint_id"] = request.checkpoint_id
    if request.since is not None:
        clauses.append("v.at >= %(since)s AND v.scan_id >= %(floor)s")
        params |= {"since": request.since, "floor": ids.uuid7_floor(request.since, -SKEW)}
    if request.until is not None:
        clauses.append("v.at < %(until)s AND v.scan_id < %(ceiling)s")
        params |= {"until": request.until, "ceiling": ids.uuid7_floor(request.until, SKEW)}
    if request.verdict is not None:
        clauses.append("v.verdict = %(verdict)s")
        params["verdict"] = request.verdict
    if request.tenant_id is not None:  # with its door, which has an index
        clauses.append(
            "v.tenant_id = %(tenant_id)s AND v.checkpoint_id = (SELECT checkpoint_id FROM tenants WHERE id = %(tenant_id)s)"
        )
        params["tenant_id"] = request.tenant_id
    if categories:
        clauses.append(
            "v.checkpoint_id IN (SELECT id FROM checkpoints WHERE category = ANY(%(categories)s::category[]))"
        )
        params["categories"] = list(categories)
    if request.document or request.phone:
        clauses.append("v.person_id = ANY(%(person_ids)s)")
        params["person_ids"] = await _person_ids(keys, scope, conn, request)
    return Condition(sql.SQL(" AND ").join(map(sql.SQL, clauses)), params)


async def _person_ids(keys: Keys, scope: Scope, conn: Connection, request: RecordFilter) -> list[int]:
    """People with exactly this document and phone, among those seen within the scope."""
    found: set[int] | None = None
    if request.document:
        try:
            indexes = possible_documents(keys, request.document)
        except identifiers.IdentifierError as error:
            raise invalid(FieldError("document", error.code, IDENTIFIER_TEXTS[error.code])) from None
        if not indexes:
            raise invalid(FieldError("document", "format", IDENTIFIER_TEXTS["format"]))
        found = set(await people.ids_by_document(scope, conn, indexes))
    if request.phone:
        try:
            phone = identifiers.phone(request.phone)
        except identifiers.IdentifierError as error:
            raise invalid(FieldError("phone", error.code, IDENTIFIER_TEXTS[error.code])) from None
        by_phone = set(await people.ids_by_phone(scope, conn, people.phone_index(keys, phone)))
        found = by_phone if found is None else found & by_phone
    return sorted(found or ())


def _record(keys: Keys, row: Row, known: dict[int, StoredPerson], language: Language) -> Record:
    stored = known.get(row.person_id)
    person = masked(unlock(keys, stored)) if stored else NOBODY
    return Record(
        **_shared(row),
        serial=ids.serial(row.scan_id),
        name=person.name,
        document=person.document,
        phone=person.phone,
        reason_text=explained(keys, row, language),
    )


def _shared(row: Row | DetailRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Row.__struct_fields__ if name != "note"}
