"""Codes while the server is stopped: a gate judges a live one, printed ones, one of a red holder, one of a phone that was
offline for a day, and a picture; each with its reason, and what it let in is sent when the server is back."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Page, expect

from lianfang.credentials import token
from lianfang.credentials.model import Credential
from lianfang.kit import cose
from lianfang.kit.cluster import Cluster
from lianfang.kit.crypto import Keys
from lianfang.kit.identifiers import mask_name
from tests.browser.conftest import OpenPage
from tests.browser.gates import blank_form, new_door, staff, watch
from tests.browser.residents import hold, register
from tests.credentials.test_token import point
from tests.support.instance import Instance
from tests.support.people import Resident, somebody

PHONE = ec.generate_private_key(ec.SECP256R1())
SHOWN_MS = 20_000
SIGNED_ANEW_MS = 15_000  # phones sign every five seconds
LIST_MS = 45_000  # the worker publishes within seconds, the gate asks every fifteen


@pytest.fixture
def stopped(instance: Instance) -> Iterator[Instance]:
    """To be stopped in the test; it runs again for whoever comes after."""
    yield instance
    if instance.process.poll() is not None:
        instance.start()


def scan(gate: Page, text: str) -> None:
    """Reads a code with the scanner that types."""
    gate.keyboard.type(text)
    gate.keyboard.press("Enter")


def issued(phone: Page) -> bytes:
    """A credential for a phone whose pages this test need not open."""
    key = base64.urlsafe_b64encode(point(PHONE)).rstrip(b"=").decode()
    answer = phone.request.post("/api/v1/residents/me/credential", data={"public_key": key})
    assert answer.ok, answer.text()
    text = answer.json()["credential"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def old_credential(instance: Instance, fresh: bytes) -> bytes:
    """What the server signed for the phone 25 hours ago, with the key that it signs with."""
    keys = Keys(bytes.fromhex((instance.home / "secret.key").read_text()))
    kid = cose.read(fresh).kid
    with Cluster(instance.home).join() as cluster, psycopg.connect(cluster.superuser_dsn("lianfang")) as conn:
        row = conn.execute("SELECT private_key FROM signing_keys WHERE kid = %s", [kid]).fetchone()
    assert row
    secret = keys.decrypt_bytes(row[0], f"signing_keys.private_key:{kid.hex()}")
    signer = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    then = datetime.now(UTC) - timedelta(hours=25)
    return token.issue(
        signer, kid, Credential("phone", 0, then, then + timedelta(days=1), "王*", "green", point(PHONE))
    )


def printed(clerk: Any, who: Resident) -> tuple[int, str]:
    """A printed code for somebody, and what is on the paper."""
    person = {"document_type": "resident_id", "document_number": who.document, "name": who.name}
    made = clerk.post("/api/v1/printed-codes", data=person)
    assert made.ok, made.text()
    number = made.json()["number"]
    return number, read_paper(clerk.get(f"/api/v1/printed-codes/{number}/pdf").body())


def read_paper(pdf: bytes) -> str:
    import pypdfium2
    import zxingcpp

    [found] = zxingcpp.read_barcodes(pypdfium2.PdfDocument(pdf)[0].render(scale=2).to_pil())
    return str(found.text)


def my_code(phone: Page) -> str:
    """What the page of the code shows now."""
    text = phone.get_by_test_id("my-code").get_attribute("data-text")
    assert text
    return text


def refused(gate: Page, reason: str) -> None:
    expect(gate.get_by_test_id("code-refused")).to_have_attribute("data-reason", reason)
    expect(gate.get_by_test_id("judged")).to_have_count(0)
    gate.get_by_test_id("by-hand").click()  # nothing of it stays for the next one
    gate.get_by_test_id("to-camera").click()


def judged(gate: Page, colour: str) -> None:
    expect(gate.get_by_test_id("judged")).to_have_attribute("data-colour", colour)


def test_a_gate_without_a_server_judges_six_codes_rightly(open_page: OpenPage, stopped: Instance) -> None:
    admin, gate = open_page(), open_page(phone=True)
    phone, red_phone = open_page(phone=True), open_page(phone=True)
    chicheng = staff(admin, "chicheng")
    door = new_door(chicheng, template_id=blank_form(chicheng))
    who, elder, other = register(phone.request), somebody(), somebody()
    register(red_phone.request)
    hold(stopped, red_phone.request.get("/api/v1/residents/me").json()["person_id"], "red")
    phone.goto("/h5/code")
    expect(phone.get_by_test_id("my-code")).to_have_attribute("data-colour", "green")
    red_phone.goto("/h5/code")
    expect(red_phone.get_by_test_id("my-code")).to_have_attribute("data-colour", "red")
    stale = old_credential(stopped, issued(phone))
    _, paper = printed(chicheng, elder)
    number, void_paper = printed(chicheng, other)
    assert chicheng.post(f"/api/v1/printed-codes/{number}/void", data={"reason": "遗失"}).ok

    watch(gate, door)
    gate.get_by_test_id("tab-scan").click()
    expect(gate.get_by_test_id("camera")).to_be_visible()
    version = newest(gate)
    gate.wait_for_function(
        """async (wanted) => {
          const db = await new Promise((done) => { indexedDB.open('lianfang-trust').onsuccess = (event) => done(event.target.result) })
          if (!db.objectStoreNames.contains('kept')) return false
          const lists = await new Promise((done) => { db.transaction('kept').objectStore('kept').get('lists').onsuccess = (event) => done(event.target.result) })
          return !!lists && Math.max(...lists.map((list) => list.version)) >= wanted
        }""",
        arg=version,
        timeout=LIST_MS,
    )
    picture = my_code(phone)
    stopped.stop()
    expect(gate.get_by_test_id("line")).to_have_attribute("data-line", "retrying")

    # a live code: the phone goes on signing by itself, and the challenge moves in step
    expect(phone.get_by_test_id("my-code")).not_to_have_attribute("data-text", picture, timeout=SIGNED_ANEW_MS)
    live = my_code(phone)
    scan(gate, live)
    judged(gate, "green")
    expect(gate.get_by_test_id("judged")).to_contain_text(mask_name(who.name))
    digits = gate.get_by_test_id("challenge").get_attribute("data-digits")
    assert digits
    expect(phone.locator(f"[data-digits='{digits}']")).to_be_visible()
    expect(gate.get_by_test_id("judged")).to_contain_text("登记已存")

    # a red holder
    scan(gate, my_code(red_phone))
    judged(gate, "red")

    # paper: the attendant looks at the document; a void one is refused
    scan(gate, paper)
    judged(gate, "green")
    expect(gate.get_by_test_id("look-at-document")).to_contain_text(elder.document[-4:])
    scan(gate, void_paper)
    refused(gate, "void")

    # a phone that was offline for a day, a picture from before, the same picture twice, a door's link
    scan(gate, token.present(PHONE, stale, datetime.now(UTC)))
    refused(gate, "expired")
    scan(gate, live)
    refused(gate, "replayed")
    gate.clock.install(time=datetime.now(UTC) + timedelta(seconds=40))
    scan(gate, live)
    refused(gate, "stale")
    scan(gate, f"{stopped.url}/v/{door['code']}")
    refused(gate, "place")
    scan(gate, live[:40] + ("A" if live[40] != "A" else "B") + live[41:])
    expect(gate.get_by_test_id("code-refused")).to_be_visible()

    # what was let in is sent when the server is back
    expect(gate.get_by_test_id("unsent")).to_have_attribute("data-count", "3")
    stopped.start()
    expect(gate.get_by_test_id("unsent")).to_have_attribute("data-count", "0", timeout=60_000)
    visits = phone.request.get("/api/v1/residents/me/visits").json()["items"]
    assert [visit["checkpoint"] for visit in visits] == [door["name"]]


def newest(gate: Page) -> int:
    """The version of the list that says the void code is void: published within seconds."""
    for _ in range(100):
        lists = gate.request.get("/api/v1/status").json()["lists"]
        if {one["kind"] for one in lists} == {"phone", "printed"}:
            gate.wait_for_timeout(3000)  # what was committed last is in it now
            lists = gate.request.get("/api/v1/status").json()["lists"]
            return max(int(one["version"]) for one in lists)
        gate.wait_for_timeout(300)
    raise AssertionError("no list was published")
