"""Verbs on rosters and their members."""

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.kit import identifiers
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, FieldError, Language, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as organisations
from lianfang.people.problems import IDENTIFIER_TEXTS
from lianfang.people.service import possible_documents
from lianfang.people.store import phone_index
from lianfang.rosters import store
from lianfang.rosters.model import (
    Kind,
    Member,
    NewRoster,
    Roster,
    RosterChange,
    Search,
    Started,
    StartImport,
    StoredMember,
    StoredRoster,
)
from lianfang.rosters.problems import NAME_TAKEN
from lianfang.rosters.store import Wanted
from lianfang.runs import service as runs

IMPORT = "rosters.import"


def unlock(keys: Keys, row: StoredMember) -> Member:
    """A member in the clear."""
    given = store.unseal(keys, row.id, row.given)
    return Member(
        id=row.id,
        number=row.number,
        name=given.name,
        document_type=row.document_type,
        document=given.document,
        phone=keys.decrypt(row.phone, f"roster_members.phone:{row.id}") if row.phone else "",
        department=row.department,
        job_category=row.job_category,
        joined_at=row.joined_at,
        left_at=row.left_at,
    )


def masked(member: Member) -> Member:
    return msgspec.structs.replace(
        member,
        name=identifiers.mask_name(member.name),
        document=identifiers.mask_document(member.document),
        phone=identifiers.mask_phone(member.phone) if member.phone else "",
    )


def shown(row: StoredRoster) -> Roster:
    return Roster(**{name: getattr(row, name) for name in Roster.__struct_fields__})


async def list_rosters(
    db: Database, scope: Scope, *, unit_id: int | None, kind: Kind | None, cursor: str | None, limit: int | None
) -> Page[Roster]:
    """The lists of a unit and everything below it (default: the whole scope)."""
    limit = clamp(limit)
    after = decode_cursor(cursor, tuple[int, int]) or (0, 0)
    async with scoped(db, scope) as conn:
        part = scope
        if unit_id is not None:
            place = await organisations.find_place(scope, conn, unit_id)
            if place is None:
                raise NOT_FOUND()
            part = scope.narrowed(place.lo, place.hi)
        rows = await store.list_rosters(part, conn, kind=kind, after=after, limit=limit + 1)
    listed = page(rows, limit, lambda row: (row.ord, row.id))
    return Page([shown(row) for row in listed.items], listed.next)


async def create_roster(db: Database, scope: Scope, new: NewRoster) -> Roster:
    name = _trimmed(new.name)
    async with scoped(db, scope) as conn:
        place = await organisations.find_place(scope, conn, new.unit_id)
        if place is None:
            raise NOT_FOUND()
        roster_id = await store.insert_roster(scope, conn, unit_id=place.id, ord=place.lo, name=name, kind=new.kind)
        if roster_id is None:
            raise NAME_TAKEN(name=name)
        await audit.record(scope, conn, "rosters.create", f"roster:{roster_id}", unit=place.id, kind=new.kind)
        return shown(await existing(scope, conn, roster_id))


async def find_or_create(db: Database, scope: Scope, unit_id: int, name: str, kind: Kind) -> int:
    """The unit's list of this name, made where there is none."""
    async with scoped(db, scope) as conn:
        found = await store.find_by_name(scope, conn, unit_id, _trimmed(name))
    return found or (await create_roster(db, scope, NewRoster(unit_id, name, kind))).id


async def rename_roster(db: Database, scope: Scope, roster_id: int, change: RosterChange) -> Roster:
    name = _trimmed(change.name)
    async with scoped(db, scope) as conn:
        roster = await existing(scope, conn, roster_id)
        taken = await store.find_by_name(scope, conn, roster.unit_id, name)
        if taken not in (None, roster_id):
            raise NAME_TAKEN(name=name)
        await store.rename_roster(scope, conn, roster_id, name)
        await audit.record(scope, conn, "rosters.rename", f"roster:{roster_id}", before=roster.name, after=name)
        return shown(await existing(scope, conn, roster_id))


async def show_roster(db: Database, scope: Scope, roster_id: int) -> Roster:
    async with scoped(db, scope) as conn:
        return shown(await existing(scope, conn, roster_id))


async def search_members(db: Database, keys: Keys, scope: Scope, roster_id: int, request: Search) -> Page[Member]:
    """A page of a list's members, masked."""
    limit = clamp(request.limit)
    key = decode_cursor(request.cursor, tuple[int])
    wanted = _wanted(keys, request)
    async with scoped(db, scope) as conn:
        await existing(scope, conn, roster_id)
        rows = await store.list_members(scope, conn, roster_id, wanted, after=key[0] if key else 0, limit=limit + 1)
        if request.document or request.phone or request.name:
            await audit.record(scope, conn, "rosters.search_person", f"roster:{roster_id}", found=len(rows))
    listed = page(rows, limit, lambda row: (row.id,))
    return Page([masked(unlock(keys, row)) for row in listed.items], listed.next)


async def open_member(db: Database, keys: Keys, scope: Scope, roster_id: int, member_id: int, purpose: str) -> Member:
    """One member in the clear. Whoever opens it says why, and is recorded."""
    purpose = checked_purpose(purpose)
    async with scoped(db, scope) as conn:
        row = await store.find_member(scope, conn, roster_id, member_id)
        if row is None:
            raise NOT_FOUND()
        await audit.record(
            scope, conn, "rosters.open", f"member:{member_id}", roster=roster_id, person=row.person_id, purpose=purpose
        )
    return unlock(keys, row)


async def remove_member(db: Database, scope: Scope, roster_id: int, member_id: int) -> None:
    """The member has left; what is stored stays, and a later import brings them back."""
    async with scoped(db, scope) as conn:
        if not await store.leave(scope, conn, roster_id, member_id):
            raise NOT_FOUND()
        await audit.record(scope, conn, "rosters.remove", f"member:{member_id}", roster=roster_id)


async def start_import(
    db: Database, keys: Keys, scope: Scope, roster_id: int, request: StartImport, language: Language
) -> Started:
    async with scoped(db, scope) as conn:
        await existing(scope, conn, roster_id)
        parameters = {"roster_id": roster_id, "dry_run": request.dry_run, "replace": request.replace}
        run_id = await runs.start(scope, conn, keys, IMPORT, parameters, language=language, upload_id=request.upload_id)
    return Started(run_id)


async def existing(scope: Scope, conn: Connection, roster_id: int) -> StoredRoster:
    row = await store.find_roster(scope, conn, roster_id)
    if row is None:
        raise NOT_FOUND()
    return row


def _wanted(keys: Keys, request: Search) -> Wanted:
    errors: list[FieldError] = []
    documents = phone = name = None
    for field in ("document", "phone", "name"):
        text = getattr(request, field)
        if not text.strip():
            continue
        try:
            if field == "document":
                documents = possible_documents(keys, text)
                if not documents:
                    raise identifiers.IdentifierError("format")
            elif field == "phone":
                phone = phone_index(keys, identifiers.phone(text))
            else:
                name = store.name_index(keys, identifiers.person_name(text))
        except identifiers.IdentifierError as error:
            errors.append(FieldError(field, error.code, IDENTIFIER_TEXTS[error.code]))
    if errors:
        raise invalid(*errors)
    return Wanted(
        number=request.number.strip(),
        department=request.department.strip(),
        documents=documents,
        phone=phone,
        name=name,
        gone=request.left,
    )


def _trimmed(name: str) -> str:
    text = " ".join(name.split())
    if not text or not text.isprintable():
        raise invalid(wrong_field("name", "empty", "请填写名称。", "Please give it a name."))
    return text
