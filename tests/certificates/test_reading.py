"""A certificate is accepted for what it says, and refused for one reason that its holder can understand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from lianfang.certificates import holder, refusals
from lianfang.certificates.dcc import mark
from lianfang.certificates.model import Holder, LabTest, Recovery, Signer, Vaccination
from lianfang.certificates.reading import open_text
from lianfang.certificates.refusals import Refused
from lianfang.certificates.signers import SignerError, from_certificate, from_key_set
from lianfang.kit.identifiers import IdentifierError
from lianfang.kit.mrz import parse as parse_mrz
from tests.certificates.issuing import NOW, CardIssuer, Country, card_bundle, lab_result, vaccinated

NL = Country()


def refusal(text: str, signers: list[Signer], *, revoked: frozenset[bytes] = frozenset(), now: datetime = NOW) -> str:
    with pytest.raises(Refused) as caught:
        open_text(text).verify(signers, revoked, now)
    for language in ("zh-CN", "en"):
        assert refusals.TEXTS[caught.value.reason].show(language, **caught.value.values)
    return caught.value.reason


def test_a_vaccination_a_test_and_a_recovery_are_read() -> None:
    opened = open_text(NL.issue(vaccinated()))
    assert opened.verify([NL.signer], (), NOW) == NL.signer
    assert opened.certificate.statements == (Vaccination(date(2022, 6, 1), "EU/1/20/1528", 2, 2),)
    [test] = open_text(NL.issue(lab_result())).certificate.statements
    assert test == LabTest(datetime(2022, 11, 19, 7, 30, tzinfo=UTC), "naat", False, "Centre 1")
    content = vaccinated()
    [entry] = content.pop("v")
    entry = {k: entry[k] for k in ("tg", "co", "is", "ci")} | {
        "fr": "2022-05-01",
        "df": "2022-05-12",
        "du": "2022-10-28",
    }
    [recovery] = open_text(NL.issue(content | {"r": [entry]})).certificate.statements
    assert recovery == Recovery(date(2022, 5, 1), date(2022, 5, 12), date(2022, 10, 28))


def test_each_reason_for_a_refusal() -> None:
    text, day = NL.issue(vaccinated()), timedelta(days=1)
    only_tests = Country(usage="1.3.6.1.4.1.1847.2021.1.1", key=NL.key)
    voided = Signer(**{f: getattr(NL.signer, f) for f in Signer.__struct_fields__} | {"voided": True})
    belgian = Signer(**{f: getattr(NL.signer, f) for f in Signer.__struct_fields__} | {"country": "BE"})
    stranger = Signer(**{f: getattr(Country().signer, f) for f in Signer.__struct_fields__} | {"kid": NL.signer.kid})
    assert refusal("https://example.org", []) == "unknown_form"
    assert refusal(text[:-9], [NL.signer]) == "damaged"
    assert refusal("HC1:" + "A" * 5000, [NL.signer]) == "damaged"
    assert refusal(text, []) == "unknown_signer"
    assert refusal(text, [stranger]) == "forged"
    assert refusal(text, [voided]) == "signer_voided"
    assert refusal(text, [NL.signer], now=NOW + 601 * day) == "signer_expired"
    assert refusal(text, [belgian]) == "wrong_issuer"
    assert refusal(text, [only_tests.signer]) == "wrong_use"
    assert refusal(text, [NL.signer], now=NOW - 2 * day) == "not_yet"
    assert refusal(text, [NL.signer], now=NOW + 301 * day) == "expired"
    assert refusal(text, [NL.signer], revoked=frozenset({mark("URN:UVCI:01:NL:INVENTED1#A")})) == "revoked"
    assert refusal(NL.issue(vaccinated(tg="6142004")), [NL.signer]) == "other_disease"
    assert refusal(NL.issue(lab_result(result="419984006")), [NL.signer]) == "no_result"
    assert refusal(NL.issue(vaccinated(dt="yesterday")), [NL.signer]) == "content"


def test_a_smart_health_card_is_read_whole_and_in_parts() -> None:
    issuer = CardIssuer()
    signers = from_key_set(issuer.key_set, issuer.url, "us")
    text = issuer.issue(card_bundle())
    opened = open_text(text)
    opened.verify(signers, (), NOW)
    assert opened.certificate.statements == (
        Vaccination(date(2022, 5, 1), "cvx:208", 0, 0),
        LabTest(datetime(2022, 11, 19, 2, tzinfo=UTC), "naat", False, "Clinic"),
    )
    digits = text.removeprefix("shc:/")
    half = len(digits) // 4 * 2
    chunks = [f"shc:/2/2/{digits[half:]}", f"shc:/1/2/{digits[:half]}"]
    assert open_text("\n".join(chunks)).certificate == opened.certificate
    assert refusal(chunks[0], signers) == "part"
    assert refusal(text, from_key_set(issuer.key_set, "https://elsewhere.example", "")) == "wrong_issuer"
    card = open_text(issuer.issue(card_bundle(), rid="r-17"))
    with pytest.raises(Refused, match="revoked"):
        card.verify(signers, {mark(f"{signers[0].kid}/r-17")}, NOW)


def test_a_key_that_is_not_what_it_says_does_not_get_on_the_list() -> None:
    issuer = CardIssuer()
    with pytest.raises(SignerError):
        from_key_set(issuer.key_set.replace(b'"kid": "', b'"kid": "X'), issuer.url, "")
    for content in (b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", b'{"keys": 3}'):
        with pytest.raises(SignerError):
            from_certificate(content)
        with pytest.raises(SignerError):
            from_key_set(content, "https://x", "")


@pytest.mark.parametrize(
    ("registered", "surname", "given", "same"),
    [
        ("SMITH ANNA MARIA", "Smith", "Anna Maria", True),
        ("anna maria smith", "Smith", "Anna Maria", True),
        ("Smith, Anna", "Smith", "Anna Maria", True),
        ("Gabriele Musterfrau-Goessinger", "Musterfrau-Gößinger", "Gabriele", True),
        ("Gabriele Musterfrau-Gossinger", "Musterfrau-Gößinger", "Gabriele", True),
        ("Jose Nunez", "Núñez", "José", True),
        ("张三", "张", "三", True),
        ("张四", "张", "三", False),
        ("ANNA MARIA JONES", "Smith", "Anna Maria", False),
        ("SMITH", "Smith", "Anna Maria", False),
        ("SMITH BERTA", "Smith", "Anna", False),
    ],
)
def test_names_meet_as_passports_spell_them(registered: str, surname: str, given: str, same: bool) -> None:
    about = Holder(surname, given, "1985-03-07")
    if same:
        holder.same_person(about, registered, date(1985, 3, 7))
    else:
        with pytest.raises(Refused, match="other_name"):
            holder.same_person(about, registered, date(1985, 3, 7))


@pytest.mark.parametrize(("stated", "same"), [("1985-03-07", True), ("1985-03", True), ("1985-00", True), ("1985", True),
                                              ("1985-03-08", False), ("1984", False), ("", False)])  # fmt: skip
def test_a_date_of_birth_may_be_partly_known_but_not_unknown(stated: str, same: bool) -> None:
    about = Holder("SMITH", "ANNA", stated)
    if same:
        holder.same_person(about, "ANNA SMITH", date(1985, 3, 7))
    else:
        with pytest.raises(Refused, match="other_birth"):
            holder.same_person(about, "ANNA SMITH", date(1985, 3, 7))


# the specimens of ICAO Doc 9303, parts 4, 5 and 6
PASSPORT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
CARD = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
VISA_SIZE = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"


@pytest.mark.parametrize(("zone", "number"), [(PASSPORT, "L898902C3"), (CARD, "D23145890"), (VISA_SIZE, "D23145890")])
def test_the_machine_readable_zone_of_icaos_specimens(zone: str, number: str) -> None:
    found = parse_mrz(zone)
    assert (found.number, found.born, found.surname, found.given) == (
        number,
        date(1974, 8, 12),
        "ERIKSSON",
        "ANNA MARIA",
    )
    assert found.expires == date(2012, 4, 15)


def test_a_mistyped_zone_is_told_by_its_check_digits() -> None:
    def code(zone: str) -> str:
        with pytest.raises(IdentifierError) as caught:
            parse_mrz(zone)
        return caught.value.code

    lines = PASSPORT.split("\n")
    for at in (*range(10), *range(13, 20), *range(21, 28), 28, 42, 43):
        other = "0" if lines[1][at] != "0" else "1"
        assert code(f"{lines[0]}\n{lines[1][:at]}{other}{lines[1][at + 1 :]}") == "check_digit", at
    assert code(lines[0]) == code(PASSPORT[:-1]) == "length"
    assert code("") == "empty"
    assert code("姓名\n号码") == "format"
    assert code(PASSPORT.replace("7408122", "7402303")) in {"check_digit", "date"}


def test_the_zone_must_be_of_the_registered_document() -> None:
    assert holder.born_in_zone(PASSPORT, "passport", "L898902C3").born == date(1974, 8, 12)
    for mrz, document, reason in ((PASSPORT, "L898902C4", "other_document"), ("", "L898902C3", "no_birth"),
                                  (PASSPORT[:-1] + "9", "L898902C3", "mrz")):  # fmt: skip
        with pytest.raises(Refused, match=reason):
            holder.born_in_zone(mrz, "passport", document)
    assert holder.born_of("resident_id", "130799199003070012") == date(1990, 3, 7)
    assert holder.born_of("passport", "L898902C3") is None
