"""What a code says, and every way in which it may be false: as pure functions of text, keys and an instant."""

from datetime import UTC, datetime, timedelta

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from lianfang.credentials import statuslist, token
from lianfang.credentials.model import GREEN, RED, VOID, YELLOW, Credential, Kind
from lianfang.kit import base45, cose

NOW = datetime(2022, 11, 20, 8, tzinfo=UTC)
KID = b"phonekey"
SERVER = ec.generate_private_key(ec.SECP256R1())
PHONE = ec.generate_private_key(ec.SECP256R1())
STRANGER = ec.generate_private_key(ec.SECP256R1())
SECOND = timedelta(seconds=1)


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def credential(kind: Kind = "phone", device: bytes = b"") -> Credential:
    day = timedelta(days=1 if kind == "phone" else 180)
    place = {"device": device or point(PHONE)} if kind == "phone" else {"document": "513****1234"}
    return Credential(kind, 3_000_000, NOW, NOW + day, "张*丰", "green", **place)


def find_key(kid: bytes, kind: Kind) -> bytes | None:
    return point(SERVER) if kid == KID else None


def reason(text: str, at: datetime = NOW) -> str:
    with pytest.raises(token.RefusedError) as refused:
        token.read(text, find_key, at)
    return refused.value.reason


def test_what_a_phone_shows_is_read_again() -> None:
    signed = token.issue(SERVER, KID, credential())
    text = token.present(PHONE, signed, NOW, b"abcd")
    shown = token.read(text, find_key, NOW + 20 * SECOND)
    assert shown == (credential(), NOW, b"abcd", ())
    assert len(text) < 619  # a QR code of 69 modules, level L: read from a phone's screen at an arm's length


def test_a_printed_code_needs_no_phone_and_names_the_document() -> None:
    text = token.text_of(token.issue(SERVER, KID, credential("printed")))
    shown = token.read(text, find_key, NOW + timedelta(days=100))
    assert (shown.credential.document, shown.at) == ("513****1234", None)
    assert reason(text, NOW + timedelta(days=180)) == "expired"


def test_each_forgery_is_refused_with_its_reason() -> None:
    signed = token.issue(SERVER, KID, credential())
    shown = token.present(PHONE, signed, NOW)
    assert reason(shown, NOW + 31 * SECOND) == "stale"  # a screenshot
    assert reason(shown, NOW - 31 * SECOND) == "ahead"
    assert reason(token.present(PHONE, signed, NOW + timedelta(days=1)), NOW + timedelta(days=1)) == "expired"
    # the credential from a picture of somebody's code, signed by another phone, or bare
    assert reason(token.present(STRANGER, signed, NOW)) == "forged"
    assert reason(token.text_of(signed)) == "forged"
    # a credential that somebody wrote themselves, and one by a key that isn't ours
    assert reason(token.present(PHONE, token.issue(STRANGER, KID, credential()), NOW)) == "forged"
    assert reason(token.present(PHONE, token.issue(SERVER, b"otherkey", credential()), NOW)) == "forged"
    # a printed code dressed up as a phone's
    assert reason(token.present(PHONE, token.issue(SERVER, KID, credential("printed")), NOW)) == "forged"
    for text in (
        "",
        "LF2:",
        "LF2:ABC",
        "LF1.abc",
        "https://example.org/v/ABC",
        "LF2:" + base45.encode(cbor2.dumps([1])),
    ):
        assert reason(text) == "unknown"


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_changed_byte_passes(where: int, bits: int) -> None:
    message = bytearray(base45.decode(token.present(PHONE, token.issue(SERVER, KID, credential()), NOW)[4:]))
    message[where % len(message)] ^= bits
    assert reason(token.text_of(bytes(message))) in {"forged", "unknown"}


@given(st.binary(max_size=200))
def test_base45_and_rubbish(data: bytes) -> None:
    assert base45.decode(base45.encode(data)) == data
    assert reason(token.text_of(data)) in {"unknown", "forged"}


@given(st.lists(st.tuples(st.integers(0, 999), st.sampled_from([GREEN, VOID, YELLOW, RED]))))
def test_a_list_says_of_each_credential_the_gravest(entries: list[tuple[int, int]]) -> None:
    signed = statuslist.sign(SERVER, KID, "phone", 2, 7, statuslist.build(1000, entries), NOW)
    found = statuslist.read(signed, point(SERVER))
    assert (found.kind, found.number, found.version, found.at) == ("phone", 2, 7, NOW)
    for index in range(1000):
        said = [status for at, status in entries if at == index]
        assert found.status(index) == (VOID if VOID in said else max(said, default=GREEN))
    with pytest.raises(ValueError, match="not a list"):
        statuslist.read(signed, point(STRANGER))


def test_a_credential_is_no_list() -> None:
    with pytest.raises(ValueError, match="not a list"):
        statuslist.read(token.issue(SERVER, KID, credential()), point(SERVER))
    assert cose.read(token.issue(SERVER, KID, credential())).kid == KID
