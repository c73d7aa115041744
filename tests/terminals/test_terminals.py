"""Terminals: enrolled by a code, known by their key, told the verdict and nothing else. By the client of the documentation."""

import base64
import importlib.util
import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio.from_thread
import httpx
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from lianfang.kit.clock import now
from lianfang.terminals import signature
from tests.support.house import Client, House
from tests.support.people import Resident, somebody
from tests.support.story import LONGGUAN_DOOR, XIWANZI_DOOR
from tests.support.visits import add_hold

CLIENT = Path(__file__).parents[2] / "docs" / "terminal_client.py"
Signed = tuple[str, dict[str, str], bytes]


def client_module() -> Any:
    spec = importlib.util.spec_from_file_location("terminal_client", CLIENT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Wire(httpx.BaseTransport):
    """Carries the client's requests into the running application, and remembers them."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.sent: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.sent.append(request)
        return anyio.from_thread.run(self.carry, request)

    async def carry(self, request: httpx.Request) -> httpx.Response:
        http = (await self.house.client()).http
        answer = await http.request(
            request.method, str(request.url), content=request.content, headers=dict(request.headers)
        )
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)


class Device:
    """The documentation's client, which blocks, in a thread of its own."""

    def __init__(self, house: House) -> None:
        self.wire = Wire(house)
        self.terminal = client_module().Terminal(
            "http://127.0.0.1:8000", Ed25519PrivateKey.generate(), transport=self.wire
        )

    async def do(self, what: Callable[..., httpx.Response], *args: Any, **named: Any) -> httpx.Response:
        return await anyio.to_thread.run_sync(lambda: what(*args, **named))

    async def scan(self, **who: Any) -> httpx.Response:
        return await self.do(self.terminal.scan, **who)


async def enrolled(house: House, clerk: Client, checkpoint: int = LONGGUAN_DOOR.id) -> Device:
    made = (await clerk.post("/terminals", {"name": "一号闸机", "checkpoint_id": checkpoint})).json()
    device = Device(house)
    answer = await device.do(device.terminal.enrol, f"{made['code'][:6]}-{made['code'][6:]}".lower())
    assert (answer.status_code, answer.json()["id"]) == (200, made["id"]), answer.text
    again = await device.do(device.terminal.send, "POST", "/enrol", {"code": made["code"], "public_key": ""})
    assert again.status_code == 422
    return device


def document(who: Resident, **changed: str) -> dict[str, str]:
    return {"document_type": "resident_id", "document_number": who.document, "name": who.name} | changed


async def test_a_terminal_registers_visits_with_their_verdict_once(house: House, cast: psycopg.Connection) -> None:
    clerk, who = await house.staff("longguan"), somebody()
    resident = await house.resident(who)
    device = await enrolled(house, clerk)
    first = await device.scan(document=document(who))
    assert (first.status_code, first.json()["stamp"]["verdict"]) == (200, "pass"), first.text
    body = device.wire.sent[-1].content
    add_hold(cast, resident.id, "red", now() - timedelta(hours=1), now().replace(year=now().year + 1))
    again = await device.do(device.terminal.send, "POST", "/scans", json.loads(body))
    assert (again.json()["stamp"]["verdict"], again.json()["stamp"]["replayed"]) == ("pass", True)
    seen = await device.scan(person=first.json()["person"])
    assert seen.json()["stamp"]["verdict"] == "refuse"
    stranger = await device.scan(document=document(somebody()))
    assert stranger.json()["stamp"]["verdict"] == "pass"
    visits = cast.execute("SELECT checkpoint_id, source::text, count(*) FROM visits GROUP BY 1, 2").fetchall()
    assert visits == [(LONGGUAN_DOOR.id, "gate", 3)]
    [shown] = (await clerk.get("/terminals")).json()["items"]
    assert (shown["seen_at"] is not None, shown["checkpoint"]) == (True, "龙关集市")
    where = (await device.do(device.terminal.send, "GET", "/me")).json()
    assert where["checkpoint"] == "龙关集市"


async def test_what_is_not_recognised_has_one_answer(house: House) -> None:
    clerk, who = await house.staff("longguan"), somebody()
    await house.resident(who)
    device = await enrolled(house, clerk)
    other = await enrolled(house, await house.staff("xiwanzi"), XIWANZI_DOOR.id)
    reference = (await other.scan(document=document(who))).json()["person"]
    wrong = who.document[:-1] + ("0" if who.document[-1] != "0" else "1")
    answers = [
        await device.scan(document=document(who, name="欧阳某")),
        await device.scan(document=document(who, document_number=wrong)),
        await device.scan(person=reference),
        await device.scan(person="nothing"),
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(409, answers[0].text)}
    assert answers[0].json()["code"] == "see_attendant"
    both = await device.scan(document=document(who), person=reference)
    assert both.json()["code"] == "one_way"


async def test_a_signature_counts_once_now_and_for_this_request(house: House) -> None:
    device = await enrolled(house, await house.staff("longguan"))
    await device.scan(document=document(somebody()))
    sent = device.wire.sent[-1]
    http = (await house.client()).http

    async def repeat(path: str = "/api/v1/terminals/scans", body: bytes = sent.content, **changed: str) -> int:
        headers = dict(sent.headers) | {name.replace("_", "-"): value for name, value in changed.items()}
        return (await http.post(path, content=body, headers=headers)).status_code

    assert await repeat() == 401  # the same nonce
    assert await repeat(body=sent.content.replace(b"name", b"nama")) == 401
    assert await repeat("/api/v1/terminals/me/key") == 401
    assert await repeat(signature_input=sent.headers["signature-input"].replace("nonce=", "x=")) == 401
    late = device.terminal
    kept, time.time = time.time, lambda: kept() - 120
    try:
        assert (await device.scan(document=document(somebody()))).status_code == 401
    finally:
        time.time = kept
    late.key_id = "987654"
    assert (await device.scan(document=document(somebody()))).status_code == 401


async def test_keys_are_exchanged_and_end(house: House, cast: psycopg.Connection) -> None:
    clerk = await house.staff("longguan")
    device = await enrolled(house, clerk)
    terminal = device.terminal
    old = terminal.key
    assert (await device.do(terminal.rotate)).status_code == 204
    new, terminal.key = terminal.key, old
    assert (await device.do(terminal.send, "GET", "/me")).status_code == 200  # the answer may have been lost
    terminal.key = new
    assert (await device.do(terminal.send, "GET", "/me")).status_code == 200
    terminal.key = old
    assert (await device.do(terminal.send, "GET", "/me")).status_code == 401
    terminal.key = new
    stranger = await house.staff("diaoe")
    assert (await stranger.post(f"/terminals/{terminal.key_id}/void")).status_code == 404
    code = (await clerk.post(f"/terminals/{terminal.key_id}/enrolment")).json()["code"]
    cast.execute("UPDATE gate_terminals SET enrolment_until = now() - interval '1 minute'")
    other = Device(house)
    assert (await other.do(other.terminal.enrol, code)).json()["code"] == "enrolment_code"
    assert (await clerk.post(f"/terminals/{terminal.key_id}/void")).status_code == 204
    assert (await device.do(terminal.send, "GET", "/me")).status_code == 401
    assert cast.execute("SELECT count(*) FROM audit_log WHERE action LIKE 'terminals.%'").fetchall() == [(5,)]


@pytest.fixture
def p256() -> Iterator[Signed]:
    """A request signed with P-256, as a secure element does it."""
    key = generate_private_key(SECP256R1())
    body = b"{}"
    parameters = f'{signature.COVERED};created={int(time.time())};keyid="7";nonce="n";alg="ecdsa-p256-sha256"'
    digest = signature.digest_header(body)
    r, s = decode_dss_signature(key.sign(signature.base_of("POST", "/x", digest, parameters), ECDSA(SHA256())))
    raw = base64.b64encode(r.to_bytes(32) + s.to_bytes(32)).decode()
    headers = {"content-digest": digest, "signature-input": f"sig1={parameters}", "signature": f"sig1=:{raw}:"}
    signed = signature.read("POST", "/x", headers, body)
    assert signed is not None
    assert signature.fits(key.public_key(), signed)
    assert not signature.fits(generate_private_key(SECP256R1()).public_key(), signed)
    assert not signature.fits(Ed25519PrivateKey.generate().public_key(), signed)
    return iter([("POST", headers, body)])


def test_a_request_of_another_shape_has_no_signature(p256: Iterator[Signed]) -> None:
    method, headers, body = next(p256)
    assert signature.read(method, "/x", headers, body + b" ") is None
    assert (
        signature.read(method, "/x", headers | {"signature-input": headers["signature-input"] + ";created=1"}, body)
        is None
    )
    for missing in headers:
        assert signature.read(method, "/x", {k: v for k, v in headers.items() if k != missing}, body) is None
