"""What an official sees before asking for a hold or a release, and before signing one: the holds, and what they rest on."""

from collections.abc import Iterable
from datetime import datetime

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.codes import manual
from lianfang.codes.explain import held_of, reason_of
from lianfang.codes.manual_model import Case, CaseEvidence, CaseHold, CaseQuery, RequestFile
from lianfang.codes.problems import NOBODY
from lianfang.evidence import store as evidence
from lianfang.evidence.model import Evidence
from lianfang.kit import identifiers
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.identifiers import mask_name
from lianfang.people import store as people


async def look(
    db: Database, identity: Database, worker: Database, keys: Keys, scope: Scope, query: CaseQuery, language: Language
) -> Case:
    """What is known of somebody, and what holds them; recorded with its purpose."""
    purpose = checked_purpose(query.purpose)
    try:
        number = identifiers.document(query.document_type, query.document_number)
    except identifiers.IdentifierError:
        raise NOBODY() from None
    async with identity.transaction() as conn:
        found = await people.identity_find_by_document(conn, people.document_index(keys, query.document_type, number))
    if found is None:
        raise NOBODY()
    async with scoped(db, scope) as conn:
        await audit.record(scope, conn, "holds.look", f"person:{found.id}", purpose=purpose)
    name = mask_name(keys.decrypt(found.name, f"people.name:{found.id}"))
    known, holds = await _known(worker, found.id, language)
    return Case(found.id, name, holds, known_now(known))


async def open_request(
    db: Database,
    identity: Database,
    worker: Database,
    keys: Keys,
    scope: Scope,
    account_id: int,
    request_id: int,
    language: Language,
) -> RequestFile:
    """A request with what it rests on, for whoever asks or is asked; recorded."""
    async with scoped(db, scope) as conn:
        row = await manual.find(scope, conn, request_id)
        await audit.record(scope, conn, "holds.open", f"person:{row.person_id}", request=request_id)
    [request] = await manual.shown(identity, keys, scope, account_id, [row])
    async with identity.transaction() as conn:
        stored = await people.identity_find(conn, row.person_id)
    name = mask_name(keys.decrypt(stored.name, f"people.name:{row.person_id}")) if stored else ""
    known, holds = await _known(worker, row.person_id, language)
    grounds = known_now(one for one in known if one.id in row.grounds)
    target = known_now(one for one in known if one.id == row.target)
    return RequestFile(request, name, grounds, len(row.grounds) - len(grounds), target[0] if target else None, holds)


async def _known(worker: Database, person_id: int, language: Language) -> tuple[list[Evidence], list[CaseHold]]:
    async with worker.transaction() as conn:
        known = await evidence.worker_standing(conn, [person_id], manual.KINDS)
        held = await held_of(conn, person_id, clock_now())
    return known, [CaseHold(hold.evidence_id, reason_of(hold, language)) for hold in held]


def known_now(known: Iterable[Evidence], at: datetime | None = None) -> list[CaseEvidence]:
    """Newest first, with whether a request may rest on it."""
    at = at or clock_now()
    return [
        CaseEvidence(e.id, e.kind, e.result, e.at, e.source, e.provenance, e.confidence, manual.fresh(e, at))
        for e in sorted(known, key=lambda e: e.at, reverse=True)
    ]
