"""From the phone's key to the gate's list, through HTTP and the worker's publisher."""

import base64
from datetime import datetime, timedelta

import cbor2
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from lianfang.credentials import keyring, shelf, statuslist, store, token
from lianfang.credentials.keyring import KeyRing
from lianfang.credentials.model import RED, VOID
from lianfang.kit import cose, ids
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from tests.credentials.test_token import PHONE, point
from tests.support.house import Client, House
from tests.support.people import somebody
from tests.support.story import LONGGUAN_DOOR
from tests.support.visits import add_hold

SCANS = f"/gate/{LONGGUAN_DOOR.id}/scans"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


async def credential_of(resident: Client, phone: ec.EllipticCurvePrivateKey = PHONE) -> bytes:
    answer = await resident.post("/residents/me/credential", {"public_key": encoded(point(phone))})
    assert answer.status_code == 200, answer.text
    text = answer.json()["credential"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number_of(signed: bytes) -> int:
    """Its place in the list, which a gate reads in it."""
    place = cbor2.loads(cose.read(signed).payload)[65535]["status_list"]
    assert place["uri"] == "phone/0"
    return int(place["idx"])


async def published(gate: Client) -> statuslist.StatusList:
    """The list as a gate fetches and checks it."""
    trust = (await gate.get("/status")).json()
    [entry] = [one for one in trust["lists"] if one["kind"] == "phone"]
    answer = await gate.get(f"/status/phone/{entry['list']}")
    assert answer.headers["etag"] == f'"{entry["version"]}"'
    keys = {one["kid"]: one["public_key"] for one in trust["keys"] if one["role"] == "status"}
    kid = cose.read(answer.content).kid.hex()
    return statuslist.read(answer.content, bytes.fromhex(keys[kid]))


@pytest.fixture
async def worker_ring(worker: Database, keys: Keys) -> KeyRing:
    return KeyRing(worker, keys)


async def test_a_live_code_registers_its_holder(house: House, cast: psycopg.Connection) -> None:
    resident, gate = await house.resident(somebody("张三丰")), await house.staff("gate01")
    signed = await credential_of(resident)
    assert cast.execute("SELECT person_id FROM credentials").fetchall() == [(resident.id,)]
    shown = token.present(PHONE, signed, now())
    answer = await gate.post(SCANS, {"scan_id": str(ids.uuid7()), "token": shown})
    assert answer.status_code == 201, answer.text
    assert answer.json()["person"] == "张*丰"
    # taken with the network down, sent an hour later: as of then
    hour = timedelta(hours=1)
    body = {"token": shown, "at": now().isoformat()}
    assert (await gate.post(SCANS, {"scan_id": str(ids.uuid7())} | body)).status_code == 201
    old = token.present(PHONE, signed, now() - hour)
    refused = await gate.post(SCANS, {"scan_id": str(ids.uuid7()), "token": old})
    assert (refused.status_code, refused.json()["code"]) == (422, "code_stale")


async def test_a_signature_without_a_record_is_refused(house: House, cast: psycopg.Connection) -> None:
    resident, gate = await house.resident(), await house.staff("gate01")
    signed = await credential_of(resident)
    cast.execute("DELETE FROM credentials")
    answer = await gate.post(SCANS, {"scan_id": str(ids.uuid7()), "token": token.present(PHONE, signed, now())})
    assert answer.json()["code"] == "code_forged"


async def test_what_is_no_key_is_refused(house: House) -> None:
    resident = await house.resident()
    for wrong in ("", "AAAA", encoded(b"\x04" + bytes(64)), "no base 64!"):
        answer = await resident.post("/residents/me/credential", {"public_key": wrong})
        assert answer.json()["errors"][0]["field"] == "public_key", wrong
    stranger = await house.client()
    assert (await stranger.post("/residents/me/credential", {"public_key": ""})).status_code == 401


async def test_the_list_follows_holds_and_lost_phones(
    house: House, cast: psycopg.Connection, worker: Database, worker_ring: KeyRing
) -> None:
    red, lost, green = [await house.resident() for _ in range(3)]
    gate = await house.staff("gate01")
    numbers = [number_of(await credential_of(one)) for one in (red, lost, green)]
    assert await shelf.publish(worker, worker_ring) == 2
    assert await shelf.publish(worker, worker_ring) == 0  # nothing new
    before = await published(gate)
    assert [before.status(number) for number in numbers] == [0, 0, 0]
    assert (await red.get("/residents/me/show")).json()["colour"] == "green"
    until = now() + timedelta(days=1)
    add_hold(cast, red.id, "red", now(), until)
    shown = (await red.get("/residents/me/show")).json()
    assert (shown["colour"], datetime.fromisoformat(shown["until"])) == ("red", until)
    assert (await lost.delete("/residents/session")).status_code == 204
    assert await shelf.publish(worker, worker_ring) == 1
    house.services.shelf.forget()
    after = await published(gate)
    assert [after.status(number) for number in numbers] == [RED, VOID, 0]
    assert after.version > before.version
    unchanged = await gate.http.get("/api/v1/status/phone/0", headers={"if-none-match": f'"{after.version}"'})
    assert unchanged.status_code == 304


async def test_residents_read_no_list(house: House) -> None:
    resident = await house.resident()
    for path in ("/status", "/status/phone/0"):
        assert (await resident.get(path)).status_code == 401


async def test_keys_rotate_and_are_known_before_they_sign(
    worker: Database, keys: Keys, owner: psycopg.Connection
) -> None:
    begin = now()
    async with worker.transaction() as conn:
        assert await keyring.tend(conn, keys, begin) == 3
        assert await keyring.tend(conn, keys, begin) == 0
        assert await keyring.tend(conn, keys, begin + timedelta(days=26)) == 3
        rows = [row for row in await store.identity_keys(conn, begin) if row.role == "phone"]
    assert [row.signs_from for row in rows] == [begin, begin + keyring.SIGNS_FOR]
    assert all(row.signs_until - row.signs_from <= timedelta(days=30) for row in rows)
    assert all(keys.decrypt_bytes(row.private_key, f"signing_keys.private_key:{row.kid.hex()}") for row in rows)
