"""Checked rows become evidence: of the people who are registered, and kept for those who are not."""

from collections.abc import Mapping, Sequence
from typing import Any

from lianfang.evidence import store as evidence
from lianfang.evidence.model import WITHDRAWN, NewEvidence, Unmatched, seal, seal_waiting
from lianfang.intake import store
from lianfang.intake.model import Good, Origin, State
from lianfang.intake.store import Ref
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.ids import uuid7
from lianfang.people import store as people

ADOPT_AT_ONCE = 1_000


async def known_people(identity: Database, rows: Sequence[Good], refs: Sequence[Ref] = ()) -> dict[bytes, int]:
    """Document → person, of those who are registered."""
    indexes = {row.index for row in rows} | {ref.document_index for ref in refs}
    if not indexes:
        return {}
    async with identity.transaction() as conn:
        return await people.identity_known_documents(conn, list(indexes))


async def take(
    identity: Database, conn: Connection, keys: Keys, origin: Origin, rows: Sequence[Good]
) -> list[State | None]:
    """What became of each row, None: there was nothing to withdraw. In the caller's transaction, as the worker. The rows'
    numbers differ from each other.

    A number that is known already: the same statement again changes nothing, another one supersedes what stood; where it was
    about another person, it is withdrawn there.
    """
    await store.worker_hold(conn, origin.key)
    refs = await store.worker_refs(conn, origin.key, [row.ref for row in rows])
    taking = _Taking(keys, origin, await known_people(identity, rows, list(refs.values())))
    states = [taking.one(row, refs.get(row.ref)) for row in rows]
    await evidence.worker_insert(conn, taking.of_people)
    await evidence.worker_keep_unmatched(conn, taking.unmatched)
    await store.worker_put_refs(conn, origin.key, taking.refs)
    return states


class _Taking:
    """What is to be written."""

    def __init__(self, keys: Keys, origin: Origin, known: Mapping[bytes, int]) -> None:
        self._keys, self._origin, self._known = keys, origin, known
        self.of_people: list[NewEvidence] = []
        self.unmatched: list[Unmatched] = []
        self.refs: list[Ref] = []

    def one(self, row: Good, before: Ref | None) -> State | None:
        if before is None and row.withdrawn:
            return None
        if before is not None and before.content == row.content:
            return "unchanged"
        moved = before is not None and before.document_index != row.index
        if before is not None and moved:
            self._withdraw(row, before)
        if row.withdrawn and moved:  # what was said of the other person is withdrawn, and nothing is said of this one
            return "withdrawn"
        self._add(row, before if not moved else None)
        if row.withdrawn:
            return "withdrawn"
        if before is not None:
            return "corrected"
        return "stored" if row.index in self._known else "kept"

    def _add(self, row: Good, corrects: Ref | None) -> None:
        id = uuid7()
        person_id = self._known.get(row.index)
        said: dict[str, Any] = {
            "id": id,
            "kind": row.kind,
            "at": row.at,
            "until": row.until,
            "result": row.result,
            "subject": row.subject,
            "source": row.source,
            "provenance": self._origin.provenance,
            "confidence": self._origin.confidence,
            "supersedes": corrects.evidence_id if corrects else None,
        }
        if person_id is not None:
            detail = seal(self._keys, person_id, id, row.detail) if row.detail else None
            self.of_people.append(NewEvidence(person_id=person_id, detail=detail, **said))
        else:
            detail = seal_waiting(self._keys, row.index, id, row.detail) if row.detail else None
            self.unmatched.append(Unmatched(document_index=row.index, detail=detail, **said))
        self.refs.append(Ref(row.ref, row.index, id, row.kind, row.content))

    def _withdraw(self, row: Good, before: Ref) -> None:
        """What was said of somebody else never was."""
        person_id = self._known.get(before.document_index)
        id = uuid7()
        said: dict[str, Any] = {
            "id": id,
            "kind": before.kind,
            "at": row.at,
            "result": WITHDRAWN,
            "source": row.source,
            "provenance": self._origin.provenance,
            "supersedes": before.evidence_id,
        }
        if person_id is not None:
            self.of_people.append(NewEvidence(person_id=person_id, **said))
        else:
            self.unmatched.append(Unmatched(document_index=before.document_index, **said))
        if row.withdrawn:
            self.refs.append(Ref(row.ref, before.document_index, id, before.kind, row.content))


async def adopt(worker: Database, identity: Database, keys: Keys, person_ids: Sequence[int]) -> int:
    """These people have registered: what was kept for their documents becomes theirs. How much it was."""
    async with identity.transaction() as conn:
        documents = await people.identity_documents(conn, list(person_ids))
    return await _adopt(worker, keys, documents)


async def sweep(worker: Database, identity: Database, keys: Keys) -> int:
    """The same for everybody, for whose registration and evidence passed each other by unseen. How much it was."""
    adopted, after = 0, b""
    while True:
        async with worker.transaction() as conn:
            waiting = await evidence.worker_unmatched_documents(conn, after=after, limit=ADOPT_AT_ONCE)
        if not waiting:
            return adopted
        after = waiting[-1]
        async with identity.transaction() as conn:
            documents = await people.identity_known_documents(conn, waiting)
        adopted += await _adopt(worker, keys, documents)


async def _adopt(worker: Database, keys: Keys, documents: Mapping[bytes, int]) -> int:
    if not documents:
        return 0
    async with worker.transaction() as conn:
        kept = await evidence.worker_take_unmatched(conn, list(documents))
        rows = [row.of_person(keys, documents[bytes(row.document_index)]) for row in kept]
        await evidence.worker_insert(conn, rows)
    return len(rows)
