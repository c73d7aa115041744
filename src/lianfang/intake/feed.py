"""Signed batches of authorities: the same again gets the same answer, and nothing of it is stored twice."""

import base64
import binascii
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lianfang.access.throttle import Limit, spend
from lianfang.intake import store
from lianfang.intake.check import Fault, check
from lianfang.intake.model import (
    ROWS_MAX,
    AuthoritySession,
    BatchAnswer,
    EvidenceBatch,
    Good,
    Origin,
    Row,
    RowError,
    State,
)
from lianfang.intake.problems import (
    BATCH_REUSED,
    BATCH_SIZE,
    BATCH_STALE,
    NOTHING_TO_WITHDRAW,
    SAME_REF,
    SCHEMA,
    SIGNATURE,
)
from lianfang.intake.taking import take
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys, digest
from lianfang.kit.db import Database
from lianfang.kit.errors import Language

KEY_HEADER: Final = "lianfang-authority"
SIGNATURE_HEADER: Final = "lianfang-signature"
BAD_SIGNATURES: Final = Limit("bad signatures by address", 100, timedelta(hours=1))
SENT_WITHIN: Final = timedelta(hours=24)
_CLOCKS_DIFFER: Final = timedelta(minutes=10)


class _Kept(msgspec.Struct, frozen=True):
    """An answer without its sentences, which are in the language of whoever asks."""

    states: list[State]
    errors: list[tuple[int, str, str, str, str, dict[str, Any]]]
    """index, field, code, Chinese, English, values"""


async def authenticate(
    identity: Database, keys: Keys, headers: Mapping[str, str], body: bytes, address: str
) -> AuthoritySession:
    """The authority whose signature of this body it is; Problem `signature_wrong`. Whoever tries many is slowed."""
    key_id = headers.get(KEY_HEADER, "")
    if key_id.isascii() and key_id.isdigit() and len(key_id) < 19:
        async with identity.transaction() as conn:
            authority = await store.identity_authority(conn, int(key_id))
        if authority and _fits(authority.public_key, headers.get(SIGNATURE_HEADER, ""), body):
            return authority
    await spend(identity, keys, BAD_SIGNATURES, address)
    raise SIGNATURE()


def _fits(public_key: bytes, signature: str, body: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(base64.b64decode(signature, validate=True), body)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


async def receive(
    worker: Database,
    identity: Database,
    keys: Keys,
    authority: AuthoritySession,
    batch: EvidenceBatch,
    body: bytes,
    language: Language,
) -> BatchAnswer:
    """Stores what is right of a batch, once, and says what became of each row."""
    if not 1 <= len(batch.rows) <= ROWS_MAX:
        raise BATCH_SIZE(max=f"{ROWS_MAX:,}")
    origin = Origin(f"feed:{authority.id}", f"feed:{authority.id}", 100)
    async with worker.transaction() as conn:
        await store.worker_hold(conn, origin.key)
        earlier = await store.worker_find_batch(conn, authority.id, batch.batch_id)
        if earlier is not None:
            if earlier.content != digest(body):
                raise BATCH_REUSED(batch_id=batch.batch_id)
            return _answer(batch, msgspec.json.decode(earlier.answer, type=_Kept), language)
        now = clock_now()
        if batch.sent_at.tzinfo is None or not now - SENT_WITHIN <= batch.sent_at <= now + _CLOCKS_DIFFER:
            raise BATCH_STALE(sent_at=batch.sent_at.isoformat())
        reading = _Reading(keys, authority, batch)
        good = list(reading.good.values())
        for (index, row), state in zip(
            reading.good.items(), await take(identity, conn, keys, origin, good), strict=True
        ):
            if state is None:
                reading.refuse(index, Fault("ref", "unknown", NOTHING_TO_WITHDRAW))
            else:
                reading.states[index] = state
            del row
        kept = _Kept(reading.states, reading.errors)
        await store.worker_insert_batch(
            conn, authority.id, batch.batch_id, content=digest(body), answer=msgspec.json.encode(kept)
        )
    return _answer(batch, kept, language)


class _Reading:
    """The rows of a batch, each checked by itself and against those before it."""

    def __init__(self, keys: Keys, authority: AuthoritySession, batch: EvidenceBatch) -> None:
        self.states: list[State] = ["rejected"] * len(batch.rows)
        self.errors: list[tuple[int, str, str, str, str, dict[str, Any]]] = []
        self.good: dict[int, Good] = {}
        now = clock_now()
        seen: dict[bytes, int] = {}
        for index, raw in enumerate(batch.rows):
            try:
                row = msgspec.convert(raw, Row)
            except msgspec.ValidationError as error:
                detail = str(error).split(" - at `$.")
                field = detail[1].rstrip("`") if len(detail) > 1 else ""
                self.refuse(index, Fault(field, "schema", SCHEMA, {"detail": detail[0]}))
                continue
            found = check(keys, row, sender=authority.name, allowed=authority.kinds, now=now)
            if isinstance(found, list):
                self.refuse(index, *found)
            elif (first := seen.get(found.ref)) is not None:
                self.refuse(index, Fault("ref", "repeated", SAME_REF, {"row": first}))
            else:
                seen[found.ref] = index
                self.good[index] = found

    def refuse(self, index: int, *faults: Fault) -> None:
        for each in faults:
            self.errors.append((index, each.field, each.code, each.text.zh, each.text.en, dict(each.values)))


def _answer(batch: EvidenceBatch, kept: _Kept, language: Language) -> BatchAnswer:
    errors = [
        RowError(index, field, code, (zh if language == "zh-CN" else en).format(**values))
        for index, field, code, zh, en, values in sorted(kept.errors, key=lambda error: error[0])
    ]
    return BatchAnswer(batch.batch_id, kept.states, dict(Counter(kept.states)), errors)
