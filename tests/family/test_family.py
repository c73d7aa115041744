"""A guardian and those without a phone: who may act for whom, what it shows, and that it is recorded and ends."""

import base64
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from lianfang.access.scope import Scope, scoped
from lianfang.codes.derive import recolour
from lianfang.credentials import token
from lianfang.family.model import CONSENT_TEXT, MEMBERS_MAX
from lianfang.kit import ids
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from tests.codes.cases import tell, told
from tests.credentials.test_token import point
from tests.support.house import Answer, Client, House
from tests.support.people import Resident, somebody
from tests.support.story import LONGGUAN, LONGGUAN_DOOR, YIJIE_DOOR
from tests.support.visits import add_evidence, add_hold

FAMILY = "/residents/me/family"
SCANS = f"/gate/{LONGGUAN_DOOR.id}/scans"
PHONE = ec.generate_private_key(ec.SECP256R1())
KEY = base64.urlsafe_b64encode(point(PHONE)).rstrip(b"=").decode()


def member_form(who: Resident, **changed: Any) -> dict[str, Any]:
    return {
        "name": who.name,
        "document_type": "resident_id",
        "document_number": who.document,
        "relation": "child",
        "consent": True,
        "consent_text": CONSENT_TEXT,
    } | changed


def document_of(who: Resident) -> dict[str, Any]:
    return {"document_type": "resident_id", "document_number": who.document, "name": who.name}


async def add(guardian: Client, who: Resident | None = None, **changed: Any) -> int:
    """The id of a member who was added just now."""
    answer = await guardian.post(FAMILY, member_form(who or somebody(), **changed))
    assert answer.status_code == 201, answer.text
    return int(answer.json()["members"][-1]["member_id"])


async def code(phone: Client, member: int) -> str:
    """What the guardian's phone shows for a member now."""
    answer = await phone.post(f"/residents/me/credential?member={member}", {"public_key": KEY})
    assert answer.status_code == 200, answer.text
    text = answer.json()["credential"]
    credential = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return token.present(PHONE, credential, now())


async def gate_scan(gate: Client, text: str) -> Answer:
    return await gate.post(SCANS, {"scan_id": str(ids.uuid7()), "token": text})


def deeds(cast: psycopg.Connection, actor: Client) -> list[tuple[str, str, Any]]:
    found = cast.execute(
        "SELECT action, subject, detail FROM audit_log WHERE actor = %s AND action LIKE 'family.%%' ORDER BY id",
        [f"resident:{actor.id}"],
    )
    return found.fetchall()


async def test_a_mother_shows_her_children_and_checks_them_in(house: House, cast: psycopg.Connection) -> None:
    mother, gate = await house.resident(), await house.staff("gate01")
    child, baby = await add(mother, somebody("王小明")), await add(mother, relation="grandparent")
    shown = (await mother.get(FAMILY)).json()
    first = shown["members"][0]
    assert (first["name"], first["relation"], first["proof"], first["locked"]) == ("王*明", "child", "declared", False)
    assert shown["limit"] == MEMBERS_MAX
    # the gate reads each code as that person's own
    answer = await gate_scan(gate, await code(mother, child))
    assert (answer.status_code, answer.json()["person"]) == (201, "王*明")
    assert (await mother.get("/residents/me/show", member=child)).json()["colour"] == "green"

    # at a door for oneself and for both, each with an id of its own; sent twice it is the same visit
    for member in (child, baby):
        scan_id = str(ids.uuid7())
        first = await mother.scan(YIJIE_DOOR, scan_id=scan_id, member=member)
        again = await mother.scan(YIJIE_DOOR, scan_id=scan_id, member=member)
        assert (first.status_code, again.status_code, again.json()["replayed"]) == (201, 200, True), again.text
    assert (await mother.scan(YIJIE_DOOR)).status_code == 201
    assert [len(await mother.pages("/residents/me/visits", member=one)) for one in (child, baby)] == [2, 1]
    assert len(await mother.pages("/residents/me/visits")) == 1
    stored = cast.execute("SELECT source, recorded_by FROM visits WHERE person_id = %s", [baby]).fetchall()
    assert stored == [("family", mother.id)]

    printed = await mother.post(f"/residents/me/printed-codes?member={baby}")
    assert printed.status_code == 201, printed.text
    acts = [(action, subject, detail.get("what")) for action, subject, detail in deeds(cast, mother)]
    assert ("family.act", f"person:{child}", "my_visits") in acts
    assert ("family.act", f"person:{child}", "issue_credential") in acts
    assert ("family.act", f"person:{baby}", "issue_own_code") in acts
    consented = cast.execute("SELECT DISTINCT consent_text FROM guardianships").fetchall()
    assert consented == [(CONSENT_TEXT,)]


async def test_a_stranger_acts_for_nobody(house: House) -> None:
    mother, stranger = await house.resident(), await house.resident()
    child = await add(mother)
    for path in ("visits", "colour", "show", "printed-codes"):
        answer = await stranger.get(f"/residents/me/{path}", member=child)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_in_care")
    assert (await stranger.get("/me/evidence", member=child)).status_code == 403
    assert (await stranger.get("/residents/me/visits", member=mother.id)).status_code == 403
    assert (await stranger.post(f"/residents/me/credential?member={child}", {"public_key": KEY})).status_code == 403
    refused = await stranger.scan(YIJIE_DOOR, member=child)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_in_care")
    # what a guardian may not do for others says so, instead of doing it to oneself
    assert (await mother.delete(f"/residents/session?member={child}")).status_code == 403
    assert (await mother.get("/residents/me/visits", member="1e3")).status_code == 403


async def test_name_and_number_alone_yield_nothing(house: House, cast: psycopg.Connection) -> None:
    elder, snoop = somebody("李秀英"), await house.resident()
    theirs = await house.resident(elder)
    sent = (await snoop.post("/residents/codes", {"phone": "13912340000"})).json()["demo_code"]
    for wrong in (
        member_form(elder),
        member_form(elder, name="李大妈"),
        member_form(elder, phone=elder.phone, code="000000"),
        member_form(elder, phone="13912340000", code=sent),
    ):
        answer = await snoop.post(FAMILY, wrong)
        assert (answer.status_code, answer.json()["code"]) == (409, "member_needs_proof")
    assert (await snoop.get(FAMILY)).json()["members"] == []

    # of somebody who was unknown nothing is known; as soon as anything is, an official has to see the documents
    victim = somebody()
    claimed = await add(snoop, victim)
    assert (await snoop.get("/residents/me/colour", member=claimed)).json()["colour"] == "green"
    add_evidence(cast, claimed)
    for path in ("residents/me/colour", "residents/me/show", "residents/me/visits", "me/evidence"):
        answer = await snoop.get(f"/{path}", member=claimed)
        assert (answer.status_code, answer.json()["code"]) == (403, "member_locked")
    assert (await snoop.post(f"/residents/me/credential?member={claimed}", {"public_key": KEY})).status_code == 403
    assert (await snoop.scan(YIJIE_DOOR, member=claimed)).json()["code"] == "member_locked"
    assert (await snoop.get(FAMILY)).json()["members"][0]["locked"] is True
    assert (await theirs.get(FAMILY)).json()["guardians"] == []


async def test_an_elders_own_phone_agrees_and_may_take_it_back(house: House, cast: psycopg.Connection) -> None:
    elder, daughter = somebody("李秀英"), await house.resident()
    theirs = await house.resident(elder)
    add_evidence(cast, theirs.id)
    sent = (await daughter.post("/residents/codes", {"phone": elder.phone})).json()["demo_code"]
    member = await add(daughter, elder, relation="parent", phone=elder.phone, code=sent)
    assert member == theirs.id
    assert [one["proof"] for one in (await daughter.get(FAMILY)).json()["members"]] == ["phone"]
    assert len(await daughter.pages("/me/evidence", member=member)) == 1
    shown = await code(daughter, member)
    add_hold(cast, member, "red", now() - timedelta(hours=1), now() + timedelta(days=1))
    reasons = (await daughter.get("/residents/me/colour", member=member)).json()
    assert reasons["colour"] == "red"

    [guardian] = (await theirs.get(FAMILY)).json()["guardians"]
    assert (await theirs.delete(f"{FAMILY}/{guardian['id']}")).status_code == 204
    assert (await daughter.get("/me/evidence", member=member)).status_code == 403
    # the code on the daughter's phone ends with it; the elder's own session does not
    gate = await house.staff("gate01")
    assert (await gate_scan(gate, shown)).json()["code"] == "code_void"
    assert (await theirs.get("/residents/me")).status_code == 200
    assert ("family.end", f"person:{member}") in [row[:2] for row in deeds(cast, theirs)]


async def test_a_lost_phone_shows_nobodys_code(house: House) -> None:
    mother, gate = await house.resident(), await house.staff("gate01")
    child = await add(mother)
    shown = await code(mother, child)
    lost = mother.cookie
    assert (await mother.delete("/residents/session")).status_code == 204
    assert (await gate_scan(gate, shown)).json()["code"] == "code_void"
    thief = await house.client({"cookie": lost})
    assert (await thief.scan(YIJIE_DOOR, member=child)).status_code == 401
    assert (await thief.get("/residents/me/visits", member=child)).status_code == 401


async def test_an_official_who_saw_both_documents_opens_what_was_shut(house: House, cast: psycopg.Connection) -> None:
    who, child = somebody(), somebody()
    mother, clerk, other = await house.resident(who), await house.staff("longguan"), await house.staff("chongli")
    member = await add(mother, child)
    add_evidence(cast, member)
    seen = {"guardian": document_of(who), "member": document_of(child), "relation": "child", "consent": True}
    wrong = await clerk.post("/guardianships", seen | {"member": document_of(child) | {"name": "别人"}})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "document_name_differs")
    proven = await clerk.post("/guardianships", seen)
    assert (proven.status_code, proven.json()["proven_by"]) == (201, f"staff:{clerk.id}"), proven.text
    assert len(await mother.pages("/me/evidence", member=member)) == 1
    assert [one["id"] for one in await clerk.pages("/guardianships", limit=1)] == [proven.json()["id"]]

    assert await other.pages("/guardianships") == []
    end = f"/guardianships/{proven.json()['id']}/end"
    assert (await other.post(end, {"reason": "x"})).status_code == 404
    assert (await clerk.post(end, {"reason": "监护权变更"})).status_code == 204
    assert (await mother.get("/me/evidence", member=member)).status_code == 403
    [ended] = await clerk.pages("/guardianships")
    assert (ended["reason"], ended["ended_by"]) == ("监护权变更", f"staff:{clerk.id}")


async def test_no_phone_has_more_members_than_the_limit_and_every_field_is_checked(house: House) -> None:
    who = somebody()
    guardian = await house.resident(who)
    bad = member_form(somebody(), name="", document_number="110101199003071234", consent=False)
    fields = {error["field"] for error in (await guardian.post(FAMILY, bad)).json()["errors"]}
    assert fields == {"name", "document_number", "consent"}
    old = await guardian.post(FAMILY, member_form(somebody(), consent_text="2020-01"))
    assert [error["field"] for error in old.json()["errors"]] == ["consent"]
    assert (await guardian.post(FAMILY, member_form(who))).json()["errors"][0]["code"] == "oneself"
    child = somebody()
    await add(guardian, child)
    assert (await guardian.post(FAMILY, member_form(child))).json()["code"] == "member_needs_proof"
    for _ in range(MEMBERS_MAX - 1):
        await add(guardian)
    assert (await guardian.post(FAMILY, member_form(somebody()))).json()["code"] == "family_full"


async def test_one_code_shows_the_gate_a_family_and_each_is_registered(house: House, cast: psycopg.Connection) -> None:
    mother, gate = await house.resident(), await house.staff("gate01")
    boy, girl, stranger = await add(mother, somebody("王小明")), await add(mother), await house.resident()
    other = await add(stranger)
    numbers = {}
    for phone, member in ((mother, boy), (mother, girl), (stranger, other)):
        await code(phone, member)
        numbers[member] = cast.execute("SELECT max(number) FROM credentials").fetchall()[0][0]
    issued = (await mother.post("/residents/me/credential", {"public_key": KEY})).json()["credential"]
    credential = base64.urlsafe_b64decode(issued + "=" * (-len(issued) % 4))
    add_hold(cast, girl, "red", now() - timedelta(hours=1), now() + timedelta(days=1))

    # a number of somebody else's member brings nobody into the code
    text = token.present(PHONE, credential, now(), others=[numbers[boy], numbers[girl], numbers[other]])
    family = (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/family", token=text)).json()["items"]
    assert [one["person_id"] for one in family] == [mother.id, boy, girl]
    assert [one["hold"] and one["hold"]["colour"] for one in family] == [None, None, "red"]
    assert len(cast.execute("SELECT FROM audit_log WHERE action = 'gate.resolve'").fetchall()) == 3

    verdicts = []
    for member in (boy, girl, other, mother.id):
        sent = {"scan_id": str(ids.uuid7()), "token": text, "member": member}
        answer = await gate.post(SCANS, sent)
        verdicts.append(answer.json().get("verdict", answer.json().get("code")))
    assert verdicts == ["pass", "refuse", "invalid_request", "pass"]
    assert (await gate_scan(gate, text)).json()["verdict"] == "pass"  # without a member it is the mother's own


@pytest.fixture
async def pair(house: House) -> tuple[int, int]:
    """A guardian and a member."""
    mother = await house.resident()
    return mother.id, await add(mother)


async def test_sql_alone_shows_a_guardianship_to_the_two_and_nobody_else(
    db: Database, cast: psycopg.Connection, pair: tuple[int, int]
) -> None:
    guardian, member = pair
    everywhere = Scope("staff:1", "admin", LONGGUAN.lo, LONGGUAN.hi)
    for scope, found in ((Scope.resident(guardian), 1), (Scope.resident(member), 1), (everywhere, 0)):
        async with scoped(db, scope) as conn:
            assert len(await (await conn.execute("SELECT FROM guardianships")).fetchall()) == found
    async with scoped(db, Scope.resident(max(pair) + 1)) as conn:
        assert await (await conn.execute("SELECT FROM guardianships")).fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await conn.execute("UPDATE guardianships SET proof = 'clerk'")


async def test_sql_alone_records_a_guardians_deed_only_while_they_are_one(
    db: Database, cast: psycopg.Connection, pair: tuple[int, int]
) -> None:
    guardian, member = pair
    record = b"INSERT INTO audit_log (ord, actor, action, subject, detail) VALUES (%s, %s, 'family.act', 'x', '{}')"
    acting = Scope.resident(guardian).for_member(member)
    async with scoped(db, acting) as conn:
        await conn.execute(record, [1 << 62, f"resident:{guardian}"])
    cast.execute("UPDATE guardianships SET ended_at = now()")
    for actor in (guardian, guardian + 100):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with scoped(db, acting) as conn:
                await conn.execute(record, [1 << 62, f"resident:{actor}"])


async def test_a_guardian_appeals_for_whom_they_look_after(
    house: House, cast: psycopg.Connection, keys: Keys, worker: Database
) -> None:
    who, child, rule = somebody(), somebody(), "/residents/me/tickets"
    mother, stranger, clerk = await house.resident(who), await house.resident(), await house.staff("longguan")
    member = await add(mother, child)
    await tell(worker, told(member, "contact_order", "companion", now() - timedelta(hours=12)))
    await recolour(worker)
    # what is known of the child opens to nobody by a declaration
    assert (await mother.get(rule, member=member)).json()["code"] == "member_locked"
    seen = {"guardian": document_of(who), "member": document_of(child), "relation": "child", "consent": True}
    assert (await clerk.post("/guardianships", seen)).status_code == 201
    [reason] = (await mother.get("/residents/me/colour", member=member)).json()["reasons"]
    form = {"kind": "appeal", "hold": reason["number"], "text": "孩子没有坐过那趟车"}
    assert (await mother.post(rule, form)).json()["code"] == "hold_unknown"  # it is not hers
    assert (await stranger.post(f"{rule}?member={member}", form)).json()["code"] == "not_in_care"
    filed = await mother.post(f"{rule}?member={member}", form)
    assert filed.status_code == 201, filed.text
    ticket = filed.json()["id"]
    [(person, phone)] = cast.execute("SELECT person_id, phone FROM tickets").fetchall()
    # the child's ticket, and the mother is told
    assert (person, keys.decrypt(phone, f"tickets.phone:{ticket}")) == (member, f"+86{who.phone}")
    assert (await mother.get(rule)).json()["items"] == []
    assert [one["id"] for one in (await mother.get(rule, member=member)).json()["items"]] == [ticket]
    assert (await mother.post(f"{rule}/{ticket}/withdraw")).status_code == 404
    assert (await mother.post(f"{rule}/{ticket}/withdraw?member={member}")).json()["state"] == "withdrawn"
    acts = [detail.get("what") for action, _, detail in deeds(cast, mother) if action == "family.act"]
    assert acts.count("file_ticket") == 1
