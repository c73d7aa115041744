"""Verbs on credentials: issue one to a phone, say whose a shown code is, tell gates what to judge by."""

import base64
from datetime import datetime, timedelta

from lianfang.access.scope import Scope
from lianfang.access.throttle import Limit, spend
from lianfang.codes import store as codes
from lianfang.codes.model import worst_active
from lianfang.credentials import store, token
from lianfang.credentials.keyring import KeyRing
from lianfang.credentials.model import (
    PHONE_VALID,
    Colour,
    Credential,
    DeviceKey,
    ListVersion,
    PhoneCredential,
    Trust,
)
from lianfang.credentials.problems import DEVICE_KEY, REFUSED
from lianfang.credentials.shelf import Shelf
from lianfang.kit import cose
from lianfang.kit.base45 import decode
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys, digest
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_SIGNED_IN, invalid, wrong_field
from lianfang.kit.identifiers import mask_name
from lianfang.people import store as people

# a phone asks twice a day; this is somebody with several phones who tries things out
ISSUES_PER_PERSON = Limit("credentials by person", 60, timedelta(hours=1))


async def issue(
    identity: Database, lane_db: Database, keys: Keys, ring: KeyRing, scope: Scope, wanted: DeviceKey
) -> PhoneCredential:
    """A credential of one day for the key of the resident's phone; recorded before it is given away."""
    assert scope.person_id is not None
    point = token.point_of(wanted.public_key)
    if point is None:
        raise invalid(wrong_field("public_key", "format", *DEVICE_KEY))
    await spend(identity, keys, ISSUES_PER_PERSON, str(scope.person_id))
    now = clock_now().replace(microsecond=0)
    colour = await colour_of(lane_db, scope.person_id, now)
    signer = await ring.signer("phone")
    async with identity.transaction() as conn:
        person = await people.identity_find(conn, scope.person_id)
        if person is None:
            raise NOT_SIGNED_IN()
        name = mask_name(keys.decrypt(person.name, f"people.name:{person.id}"))
        number = await store.identity_next_number(conn)
        credential = Credential("phone", number, now, now + PHONE_VALID, name, colour, point)
        await store.identity_insert(
            conn,
            person_id=person.id,
            guardian_id=scope.guardian_id,
            number=number,
            kid=signer.kid,
            device_key=digest(point),
            issued_at=credential.issued,
            expires_at=credential.expires,
        )
        signed = token.issue(signer.key, signer.kid, credential)
    text = base64.urlsafe_b64encode(signed).rstrip(b"=").decode()
    return PhoneCredential(text, number, name, colour, credential.issued, credential.expires)


async def colour_of(lane_db: Database, person_id: int, now: datetime) -> Colour:
    async with lane_db.transaction() as conn:
        hold = worst_active((await codes.lane_holds(conn, [person_id], now)).get(person_id, ()), now)
    return hold.colour if hold else "green"


class Reader:
    """Says whose code it is that somebody shows: what a gate with the network down does by itself."""

    def __init__(self, lane_db: Database, ring: KeyRing) -> None:
        self._db = lane_db
        self._ring = ring

    async def holder(self, text: str, at: datetime) -> int:
        """The person; a Problem that says why not."""
        return (await self.group(text, at))[0]

    async def group(self, text: str, at: datetime) -> list[int]:
        """The person, and those in their care who are shown in the same code."""
        await self._ring.find(_kid(text))
        try:
            shown = token.read(text, self._ring.public, at)
        except token.RefusedError as refused:
            raise REFUSED[refused.reason]() from None
        async with self._db.transaction() as conn:
            first = await _person(conn, shown.credential, at)
            # what the phone says of others counts only where it was given their credentials
            return [first, *(await store.lane_members(conn, first, shown.others, at) if shown.others else ())]


async def _person(conn: Connection, credential: Credential, at: datetime) -> int:
    row = await store.lane_holder(conn, credential.kind, credential.number)
    if row is None:  # no record, so not ours, whatever the signature says
        raise REFUSED["forged"]()
    if row.voided_at is not None and row.voided_at <= at:
        raise REFUSED["void"]()
    return row.person_id


def _kid(text: str) -> bytes:
    """Which key is said to have signed; nothing is believed yet."""
    try:
        message = cose.read(decode(text.strip()[len(token.PREFIX) :][: token.TEXT_MAX]))
        inner = message.unprotected.get(cose.KCWT)
        return (cose.of(inner) if inner is not None else message).kid
    except ValueError:
        return b""


async def trust(ring: KeyRing, shelf: Shelf) -> Trust:
    """Keys, and which lists there are."""
    await ring.signer("status")  # makes them on the first day
    lists = [ListVersion(row.kind, row.number, row.version) for row in await shelf.all()]
    return Trust(clock_now(), await ring.trusted(), lists)
