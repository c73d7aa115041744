"""The keys that sign: one at a time for each role, for 28 days; the next one is known to gates three days before it signs."""

import os
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lianfang.credentials import store
from lianfang.credentials.model import PHONE_VALID, PRINTED_VALID, KeyRole, Kind, TrustedKey
from lianfang.credentials.statuslist import VALID as LIST_VALID
from lianfang.credentials.store import KeyRow
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database

SIGNS_FOR: Final = timedelta(days=28)
AHEAD: Final = timedelta(days=3)
TRUSTED_FOR: Final[dict[KeyRole, timedelta]] = {
    "phone": PHONE_VALID,
    "printed": PRINTED_VALID,
    "status": LIST_VALID,
}
LOOK_AGAIN: Final = timedelta(minutes=1)
_CURVE = ec.SECP256R1()


class Signer(NamedTuple):
    kid: bytes
    key: ec.EllipticCurvePrivateKey


class KeyRing:
    """The keys in memory, looked up anew once a minute. `db`: of a role that may read and make keys."""

    def __init__(self, db: Database, keys: Keys) -> None:
        self._db = db
        self._keys = keys
        self._rows: dict[bytes, KeyRow] = {}
        self._opened: dict[bytes, ec.EllipticCurvePrivateKey] = {}
        self._looked: datetime | None = None

    async def signer(self, role: KeyRole) -> Signer:
        """The key that signs now."""
        now = clock_now()
        await self._look(now)
        row = _signing(list(self._rows.values()), role, now)
        if row is None:
            async with self._db.transaction() as conn:
                await tend(conn, self._keys, now)
            await self._look(now, anew=True)
            row = _signing(list(self._rows.values()), role, now)
            assert row is not None
        if row.kid not in self._opened:
            secret = self._keys.decrypt_bytes(row.private_key, _place(row.kid))
            self._opened[row.kid] = ec.derive_private_key(int.from_bytes(secret, "big"), _CURVE)
        return Signer(row.kid, self._opened[row.kid])

    async def trusted(self) -> list[TrustedKey]:
        """What gates are told."""
        await self._look(clock_now())
        return [
            TrustedKey(row.kid.hex(), row.role, row.public_key.hex(), row.trusted_until) for row in self._rows.values()
        ]

    async def find(self, kid: bytes) -> None:
        """Looks whether another process has made a key that isn't known here yet."""
        await self._look(clock_now(), anew=kid not in self._rows)

    def public(self, kid: bytes, kind: Kind) -> bytes | None:
        """The public key of a signature on a credential of this kind."""
        row = self._rows.get(kid)
        return row.public_key if row and row.role == kind and row.trusted_until > clock_now() else None

    async def _look(self, now: datetime, *, anew: bool = False) -> None:
        if anew or self._looked is None or now - self._looked > LOOK_AGAIN:
            async with self._db.transaction() as conn:
                self._rows = {row.kid: row for row in await store.identity_keys(conn, now)}
            self._looked = now


async def tend(conn: Connection, keys: Keys, now: datetime) -> int:
    """Makes the keys that are missing, or will be soon; how many."""
    await store.identity_lock_keys(conn)
    rows = await store.identity_keys(conn, now)
    made = 0
    for role in TRUSTED_FOR:
        last = max((row.signs_until for row in rows if row.role == role), default=now)
        begins = max(last, now)
        if begins < now + AHEAD:
            await store.identity_insert_key(conn, _new(keys, role, begins))
            made += 1
    return made


def _new(keys: Keys, role: KeyRole, begins: datetime) -> KeyRow:
    key = ec.generate_private_key(_CURVE)
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    kid = os.urandom(8)
    secret = key.private_numbers().private_value.to_bytes(32, "big")
    ends = begins + SIGNS_FOR
    return KeyRow(kid, role, public, keys.encrypt_bytes(secret, _place(kid)), begins, ends, ends + TRUSTED_FOR[role])


def _signing(rows: list[KeyRow], role: KeyRole, now: datetime) -> KeyRow | None:
    return next((row for row in rows if row.role == role and row.signs_from <= now < row.signs_until), None)


def _place(kid: bytes) -> str:
    return f"signing_keys.private_key:{kid.hex()}"
