"""Verbs on guardianships: add a member, prove, end, list; and act for a member.

A name and a number alone yield nothing. Whoever is known already is joined only with a code from their own phone or before an
official. Whoever is new may be added by saying so, for then nothing is known of them; as soon as anything is, the member is shut
until an official has seen both documents.
"""

import hmac
from datetime import timedelta

from lianfang.access.scope import Scope, scoped
from lianfang.access.throttle import Limit, spend
from lianfang.audit import store as audit
from lianfang.family import store
from lianfang.family.model import (
    CONSENT_TEXT,
    MEMBERS_MAX,
    Family,
    FamilyMember,
    Guardian,
    Guardianship,
    NewMember,
    Proof,
    SeenGuardianship,
)
from lianfang.family.problems import (
    CONSENT,
    FULL,
    MEMBER_ALREADY,
    MEMBER_LOCKED,
    MEMBER_NEEDS_PROOF,
    NOT_IN_CARE,
    ONESELF,
)
from lianfang.family.store import GuardianshipRow, NewGuardianship
from lianfang.kit import identifiers
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, FieldError, Problem, invalid
from lianfang.kit.identifiers import mask_name
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.people import service as people
from lianfang.people import store as people_store
from lianfang.people.model import masked, unlock
from lianfang.people.store import NewPerson

NEWEST = (1 << 63) - 1
# mistyped numbers included; whoever asks of strangers which numbers are registered is stopped here
ADDED_PER_GUARDIAN = Limit("family members by person", 20, timedelta(days=1))


async def show(db: Database, identity: Database, lane_db: Database, keys: Keys, scope: Scope) -> Family:
    """Whom the resident looks after, and who looks after them."""
    async with scoped(db, scope) as conn:
        rows = await store.of_person(scope, conn)
    mine = [row for row in rows if row.guardian_id == scope.person_id]
    async with lane_db.transaction() as conn:
        shut = await store.lane_in_care(conn, [(row.guardian_id, row.member_id) for row in mine]) if mine else {}
    async with identity.transaction() as conn:
        ids = [row.member_id if row in mine else row.guardian_id for row in rows]
        found = {row.id: masked(unlock(keys, row)) for row in await people_store.identity_find_many(conn, ids)}
    members = [
        FamilyMember(
            row.id,
            row.member_id,
            found[row.member_id].name,
            found[row.member_id].document_type,
            found[row.member_id].document,
            row.relation,
            row.proof,
            row.began_at,
            shut[row.guardian_id, row.member_id],
        )
        for row in mine
        if (row.guardian_id, row.member_id) in shut
    ]
    guardians = [
        Guardian(row.id, found[row.guardian_id].name, row.relation, row.began_at) for row in rows if row not in mine
    ]
    return Family(members, guardians, MEMBERS_MAX, CONSENT_TEXT)


async def add(identity: Database, keys: Keys, scope: Scope, form: NewMember) -> int:
    """The member, who is in the resident's care now."""
    assert scope.person_id is not None
    errors: list[FieldError] = []
    given = people.checked_person(form.document_type, form.document_number, form.name, form.phone, errors)
    if not form.consent or form.consent_text != CONSENT_TEXT:
        errors.append(FieldError("consent", "required", CONSENT))
    if errors:
        raise invalid(*errors)
    await spend(identity, keys, ADDED_PER_GUARDIAN, str(scope.person_id))
    agreed = bool(given.phone) and await people.phone_agrees(identity, keys, given.phone or "", form.code)
    now = clock_now()
    async with identity.transaction() as conn:
        full = await store.identity_lock(conn, scope.person_id) >= MEMBERS_MAX
        member_id, proof = await _member(conn, keys, scope, given, agreed=agreed)
        before = await store.identity_find(conn, scope.person_id, member_id)
        if before is not None and (before.proof != "declared" or proof == "declared"):
            raise MEMBER_ALREADY()
        new = NewGuardianship(
            scope.person_id,
            member_id,
            form.relation,
            proof,
            CONSENT_TEXT,
            now,
            f"resident:{member_id}" if proof == "phone" else None,
        )
        if before is not None:
            await store.identity_prove(conn, before.id, new)
        elif full:
            raise FULL(limit=MEMBERS_MAX)
        else:
            await store.identity_insert(conn, new)
        await audit.record(
            scope, conn, "family.add", f"person:{member_id}", relation=form.relation, proof=proof, consent=CONSENT_TEXT
        )
    return member_id


async def _member(conn: Connection, keys: Keys, scope: Scope, given: NewPerson, *, agreed: bool) -> tuple[int, Proof]:
    """The person, and how far it is proven that the guardian may look after them."""
    # a new one gets no phone: that they hold one has nobody shown but the guardian
    fresh = NewPerson(given.document_type, given.document, given.name, None)
    created = await people_store.identity_insert(conn, keys, [fresh])
    row = await people_store.identity_find_by_document(
        conn, people_store.document_index(keys, given.document_type, given.document)
    )
    assert row is not None
    if row.id == scope.person_id:
        raise invalid(FieldError("document_number", "oneself", ONESELF))
    if created:
        return row.id, "declared"
    known = unlock(keys, row)
    same_phone = hmac.compare_digest(known.phone.encode(), (given.phone or "").encode())
    # one answer to whatever does not fit: it must not tell which of it does
    if not agreed or not known.phone or not same_phone or not identifiers.same_name(known.name, given.name):
        raise MEMBER_NEEDS_PROOF()
    return row.id, "phone"


async def end(identity: Database, scope: Scope, guardianship_id: int, reason: str) -> None:
    """Ended by either of the two, or by an official of the unit that proved it. Codes on the guardian's phone end with it."""
    async with identity.transaction() as conn:
        pair = await store.identity_finish(scope, conn, guardianship_id, clock_now(), reason)
        if pair is None:
            raise NOT_FOUND()
        await audit.record(
            scope, conn, "family.end", f"person:{pair[1]}", guardian=f"person:{pair[0]}", guardianship=guardianship_id
        )


async def prove(
    db: Database, identity: Database, keys: Keys, scope: Scope, account_id: int, seen: SeenGuardianship
) -> Guardianship:
    """An official has both documents in hand: the guardianship is made, or what was only said is proven."""
    if not seen.consent:
        raise invalid(FieldError("consent", "required", CONSENT))
    guardian_id = await people.enter(identity, keys, scope, account_id, seen.guardian, field="guardian")
    member_id = await people.enter(identity, keys, scope, account_id, seen.member, field="member")
    if guardian_id == member_id:
        raise invalid(FieldError("member.document_number", "oneself", ONESELF))
    new = NewGuardianship(
        guardian_id, member_id, seen.relation, "clerk", CONSENT_TEXT, clock_now(), scope.actor, scope.lo
    )
    async with identity.transaction() as conn:
        members = await store.identity_lock(conn, guardian_id)
        before = await store.identity_find(conn, guardian_id, member_id)
        if before is not None:
            await store.identity_prove(conn, before.id, new)
        elif members >= MEMBERS_MAX:
            raise FULL(limit=MEMBERS_MAX)
        number = before.id if before is not None else await store.identity_insert(conn, new)
        await audit.record(
            scope, conn, "family.prove", f"person:{member_id}", guardian=f"person:{guardian_id}", guardianship=number
        )
    async with scoped(db, scope) as conn:
        row = await store.find(scope, conn, number)
    assert row is not None
    return (await _shown(identity, keys, [row]))[0]


async def list_proven(
    db: Database, identity: Database, keys: Keys, scope: Scope, cursor: str | None, limit: int | None
) -> Page[Guardianship]:
    """Those that officials of these units have proven, newest first."""
    size = clamp(limit)
    before = decode_cursor(cursor, tuple[int]) or (NEWEST,)
    async with scoped(db, scope) as conn:
        rows = await store.of_place(scope, conn, before=before[0], limit=size + 1)
    return page(await _shown(identity, keys, rows), size, lambda one: (one.id,))


async def _shown(identity: Database, keys: Keys, rows: list[GuardianshipRow]) -> list[Guardianship]:
    async with identity.transaction() as conn:
        ids = list({one for row in rows for one in (row.guardian_id, row.member_id)})
        found = {
            row.id: mask_name(keys.decrypt(row.name, f"people.name:{row.id}"))
            for row in await people_store.identity_find_many(conn, ids)
        }
    return [
        Guardianship(
            row.id,
            found[row.guardian_id],
            found[row.member_id],
            row.relation,
            row.began_at,
            row.proven_at,
            row.proven_by,
            row.ended_at,
            row.ended_by,
            row.reason,
        )
        for row in rows
    ]


async def acting_for(db: Database, lane_db: Database, scope: Scope, member_id: int, deed: str | None) -> Scope:
    """The scope of a guardian who acts for a member; recorded as `deed`, unless that is None. A Problem where they may not."""
    assert scope.person_id is not None
    async with lane_db.transaction() as conn:
        found = await store.lane_in_care(conn, [(scope.person_id, member_id)])
    if problem := refusal(found.get((scope.person_id, member_id))):
        raise problem
    acting = scope.for_member(member_id)
    if deed:
        async with scoped(db, acting) as conn:
            await audit.record(acting, conn, "family.act", f"person:{member_id}", what=deed)
    return acting


def refusal(shut: bool | None) -> Problem | None:
    """Why somebody may not act for somebody else; None where they may."""
    return NOT_IN_CARE() if shut is None else MEMBER_LOCKED() if shut else None
