"""A foreigner's certificate becomes evidence of theirs: trusted signer, own name, own date of birth, and only once."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from lianfang.kit.clock import now
from lianfang.kit.mrz import check_digit
from tests.certificates.issuing import CardIssuer, Country, card_bundle, lab_result, vaccinated
from tests.intake.sending import standing
from tests.support.house import Answer, Client, House
from tests.support.people import Resident, somebody


@pytest.fixture
def country() -> Country:
    return Country(now=now())


@pytest.fixture
async def admin(house: House) -> Client:
    """Of the topmost unit."""
    return await house.staff("hebei")


@pytest.fixture
async def trusted(admin: Client, country: Country) -> Country:
    answer = await admin.post("/signers", {"content": country.pem.decode()})
    assert (answer.status_code, answer.json()) == (200, {"added": 1, "known": 0})
    return country


PASSPORT = "XK7391042"


async def foreigner(house: House, document: str = PASSPORT) -> Client:
    """Anna Maria Smith, with a passport."""
    who = replace(somebody(), name="ANNA MARIA SMITH", document=document)
    client = await house.client()
    answer = await house.register(client, who, document_type="passport")
    assert answer.status_code == 200, answer.text
    client.me = answer.json()
    return client


def zone(number: str = PASSPORT, born: str = "850307") -> str:
    number, expires = number.ljust(9, "<"), "300101"
    fields = f"{number}{check_digit(number)}", f"{born}{check_digit(born)}", f"{expires}{check_digit(expires)}"
    optional = "<" * 14 + "<"
    composite = check_digit(fields[0] + fields[1] + fields[2] + optional)
    return "P<NLDSMITH<<ANNA<MARIA".ljust(44, "<") + f"\n{fields[0]}NLD{fields[1]}F{fields[2]}{optional}{composite}"


async def show(client: Client, text: str, mrz: str = "") -> Answer:
    return await client.post("/me/certificates", {"certificate": text, "mrz": mrz})


def reason(answer: Answer) -> str:
    assert (answer.status_code, answer.json()["code"]) == (422, "certificate_refused"), answer.text
    [error] = answer.json()["errors"]
    return str(error["code"])


async def test_a_vaccination_and_a_test_become_evidence(
    house: House, trusted: Country, owner: psycopg.Connection
) -> None:
    anna = await foreigner(house)
    sampled = (now() - timedelta(hours=30)).replace(microsecond=0)
    first = await show(anna, trusted.issue(vaccinated()), zone())
    assert first.json() == {"states": ["stored"], "issuer": "Invented Ministry", "country": "NL"}
    await show(anna, trusted.issue(lab_result("260415000", sampled.isoformat())), zone())
    assert [row[1:] for row in standing(owner)] == [
        ("vaccination", "2", "Invented Ministry (NL)"),
        ("test", "negative", "Invented Ministry (NL)"),
    ]
    own = (await anna.get("/me/evidence")).json()
    assert [(item["kind"], item["subject"], item["confidence"]) for item in own["items"]] == [
        ("test", "pcr", 80),
        ("vaccination", "EU/1/20/1528", 80),
    ]
    assert datetime.fromisoformat(own["items"][0]["at"]) == sampled
    assert own["next"] is None
    again = await show(anna, trusted.issue(vaccinated()), zone())
    assert again.json()["states"] == ["unchanged"]
    assert len(standing(owner)) == 2
    actions = owner.execute("SELECT count(*) FROM audit_log WHERE action = 'certificates.submit'").fetchone()
    assert actions == (3,)


async def test_it_must_be_ones_own(house: House, trusted: Country, owner: psycopg.Connection) -> None:
    anna = await foreigner(house)
    text = trusted.issue(vaccinated())
    assert reason(await show(anna, text)) == "no_birth"
    assert reason(await show(anna, text, zone()[:-1] + "x")) == "mrz"
    assert reason(await show(anna, text, zone(number="XK7391043"))) == "other_document"
    assert reason(await show(anna, text, zone(born="850308"))) == "other_birth"
    assert reason(await show(anna, trusted.issue(vaccinated(surname="JONES")), zone())) == "other_name"
    assert reason(await show(anna, Country(now=now()).issue(vaccinated()), zone())) == "unknown_signer"
    assert reason(await show(anna, "你好")) == "unknown_form"
    twin = await foreigner(house, "XK7391055")
    assert (await show(anna, text, zone())).status_code == 200
    assert reason(await show(twin, text, zone(number="XK7391055"))) == "known"
    assert len(standing(owner)) == 1


async def test_a_document_with_its_date_of_birth_needs_no_other(
    house: House, trusted: Country, owner: psycopg.Connection
) -> None:
    who: Resident = somebody()
    resident = await house.resident(who)
    born = f"{who.document[6:10]}-{who.document[10:12]}-{who.document[12:14]}"
    content = vaccinated(born=born)
    content["nam"] = {"fn": who.name[0], "fnt": "ZHAO", "gn": who.name[1:], "gnt": "XIAO"}
    assert (await show(resident, trusted.issue(content))).status_code == 200
    assert (await resident.get("/me/evidence")).json()["items"][0]["confidence"] == 95


async def test_the_trust_list_is_the_topmost_units(house: House, trusted: Country, admin: Client) -> None:
    county, [listed] = await house.staff("chicheng"), (await admin.get("/signers")).json()["items"]
    for path, body in (
        ("/signers", {"content": trusted.pem.decode()}),
        ("/revocations", {"lines": "ab" * 16}),
    ):
        answer = await county.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "top_unit_only")
    assert (await county.post(f"/signers/{listed['id']}/void", {})).status_code == 404
    assert (await admin.get("/signers")).json()["items"] == [listed]


async def test_what_is_void_or_revoked_is_refused_from_then_on(
    house: House, admin: Client, trusted: Country, cast: psycopg.Connection
) -> None:
    anna = await foreigner(house)
    added = await admin.post("/revocations", {"lines": "URN:UVCI:01:NL:INVENTED1#A\n\n" + "ab" * 16})
    assert added.json() == {"lines": 2, "added": 2}
    assert reason(await show(anna, trusted.issue(vaccinated()), zone())) == "revoked"
    wrong = await admin.post("/revocations", {"lines": "ab" * 16 + "\n这张"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "marks_wrong")
    [listed] = (await admin.get("/signers")).json()["items"]
    assert (listed["country"], listed["kid"]) == ("NL", trusted.signer.kid)
    assert (await admin.post(f"/signers/{listed['id']}/void", {})).status_code == 204
    other = vaccinated(ci="URN:UVCI:01:NL:INVENTED2#B")
    assert reason(await show(anna, trusted.issue(other), zone())) == "signer_voided"
    assert (await admin.post("/signers", {"content": trusted.pem.decode()})).json() == {"added": 0, "known": 1}
    assert reason(await show(anna, trusted.issue(other), zone())) == "signer_voided"
    actions = cast.execute("SELECT action FROM audit_log WHERE action LIKE 'certificates.%' ORDER BY id").fetchall()
    assert [a for (a,) in actions] == ["certificates.trust", "certificates.revoke", "certificates.distrust"]


@pytest.mark.parametrize(
    "sent",
    [
        {"content": ""},
        {"content": "AAAA"},
        {"content": '{"keys": []'},
        {"content": '{"keys": []}', "issuer": "http://x"},
    ],
)
async def test_what_is_no_signer_is_refused(admin: Client, sent: dict[str, Any]) -> None:
    answer = await admin.post("/signers", sent)
    assert (answer.status_code, answer.json()["code"]) == (422, "signer_wrong")


async def test_a_clerk_takes_a_smart_health_card_shown_with_the_passport(
    house: House, admin: Client, owner: psycopg.Connection
) -> None:
    issuer = CardIssuer()
    sent = {"content": issuer.key_set.decode(), "issuer": issuer.url + "/", "country": "us"}
    assert (await admin.post("/signers", sent)).json()["added"] == 1
    await foreigner(house)
    clerk = await house.staff("clerk")
    body = {
        "certificate": issuer.issue(card_bundle()),
        "mrz": zone(),
        "document_type": "passport",
        "document_number": PASSPORT,
    }
    assert (await clerk.post("/certificates", body)).json()["states"] == ["stored", "stored"]
    assert sorted((row[1], row[2]) for row in standing(owner)) == [("test", "negative"), ("vaccination", "1")]
    assert (await clerk.post("/certificates", body | {"document_number": "XK0000000"})).status_code == 404
