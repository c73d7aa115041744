"""Following up what was abnormal: who was asked, what was done, until it is closed."""

from typing import Any

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND
from lianfang.kit.identifiers import mask_name
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as organisations
from lianfang.resumption import store
from lianfang.resumption.decide import TRANSITIONS, actions_in
from lianfang.resumption.model import (
    FollowUp,
    FollowUpDetail,
    FollowUpStep,
    GivenAnswer,
    Note,
    ReportVersion,
)
from lianfang.resumption.problems import STEP_IMPOSSIBLE
from lianfang.resumption.store import FollowUpRow, VersionRow
from lianfang.rosters.store import unseal
from lianfang.venues import store as venues
from lianfang.venues.model import Field, Template

NEWEST = (1 << 63) - 1


async def list_follow_ups(
    db: Database,
    keys: Keys,
    scope: Scope,
    *,
    unit_id: int | None,
    state: str | None,
    cursor: str | None,
    limit: int | None,
) -> Page[FollowUp]:
    """What is to be looked after, newest first, masked."""
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    async with scoped(db, scope) as conn:
        part = scope
        if unit_id is not None:
            place = await organisations.find_place(scope, conn, unit_id)
            if place is None:
                raise NOT_FOUND()
            part = scope.narrowed(place.lo, place.hi)
        rows = await store.follow_ups(part, conn, state=state, before=key[0] if key else NEWEST, limit=limit + 1)
    listed = page(rows, limit, lambda row: (row.id,))
    items = [
        FollowUp(**_shared(row), name=mask_name(unseal(keys, row.member_id, row.given).name)) for row in listed.items
    ]
    return Page(items, listed.next)


async def open_follow_up(db: Database, keys: Keys, scope: Scope, follow_up_id: int, purpose: str) -> FollowUpDetail:
    """One in the clear. Whoever opens it says why, and is recorded."""
    purpose = checked_purpose(purpose)
    async with scoped(db, scope) as conn:
        row = await _existing(scope, conn, follow_up_id)
        await audit.record(scope, conn, "resumption.open", f"follow_up:{follow_up_id}", purpose=purpose)
        return await _detail(scope, conn, keys, row)


async def take_step(
    db: Database, keys: Keys, scope: Scope, account_id: int, follow_up_id: int, step: FollowUpStep
) -> FollowUpDetail:
    """Writes down what was done; the state follows."""
    async with scoped(db, scope) as conn:
        row = await _existing(scope, conn, follow_up_id)
        after = TRANSITIONS.get((row.state, step.action))
        ord = await store.move_follow_up(scope, conn, follow_up_id, row.state, after) if after else None
        if ord is None:
            raise STEP_IMPOSSIBLE()
        note_id = await store.reserve_note(scope, conn)
        await store.insert_note(
            scope,
            conn,
            note_id,
            follow_up_id=follow_up_id,
            ord=ord,
            account_id=account_id,
            action=step.action,
            note=keys.encrypt(step.note.strip(), f"follow_up_notes.note:{note_id}"),
        )
        await audit.record(scope, conn, f"resumption.{step.action}", f"follow_up:{follow_up_id}")
        return await _detail(scope, conn, keys, await _existing(scope, conn, follow_up_id))


async def _existing(scope: Scope, conn: Connection, follow_up_id: int) -> FollowUpRow:
    row = await store.find_follow_up(scope, conn, follow_up_id)
    if row is None:
        raise NOT_FOUND()
    return row


async def _detail(scope: Scope, conn: Connection, keys: Keys, row: FollowUpRow) -> FollowUpDetail:
    given = unseal(keys, row.member_id, row.given)
    versions = await store.versions(scope, conn, row.roster_id, row.member_id, row.day)
    forms: dict[int, Template] = {}
    for version in versions:
        if version.template_id not in forms:
            template = await venues.find_template(scope, conn, version.template_id)
            assert template is not None
            forms[version.template_id] = template
    notes = await store.notes(scope, conn, row.id)
    return FollowUpDetail(
        **_shared(row),
        name=given.name,
        document=given.document,
        phone=keys.decrypt(row.phone, f"roster_members.phone:{row.member_id}") if row.phone else "",
        reports=[_version(keys, row, version, forms[version.template_id].fields) for version in versions],
        notes=[
            Note(note.at, note.by_name or "", note.action, keys.decrypt(note.note, f"follow_up_notes.note:{note.id}"))
            for note in notes
        ],
    )


def _shared(row: FollowUpRow) -> dict[str, Any]:
    hidden = {"given", "phone", "member_id"}
    shared = {name: getattr(row, name) for name in FollowUpRow.__struct_fields__ if name not in hidden}
    return shared | {"actions": actions_in(row.state)}


def _version(keys: Keys, row: FollowUpRow, version: VersionRow, fields: list[Field]) -> ReportVersion:
    place = f"daily_reports.answers:{version.person_id}:{row.roster_id}:{row.day}:{version.version}"
    answers = msgspec.json.decode(keys.decrypt_bytes(version.answers, place), type=dict[str, Any])
    given = [_given(field, answers[field.key]) for field in fields if field.key in answers]
    return ReportVersion(version.version, version.at, version.source, version.late, version.abnormal, given)


def _given(field: Field, answer: str | int | float) -> GivenAnswer:
    chosen = next((choice for choice in field.choices if choice.value == answer), None)
    words = (chosen.label, chosen.label_en) if chosen else ("", "")
    return GivenAnswer(field.key, field.label, field.label_en, answer, *words)
