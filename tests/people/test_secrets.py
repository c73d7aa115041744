"""What protects a person at rest: ciphertext that belongs to one place, indexes and tokens that belong to one installation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.kit.crypto import DecryptionError, Keys

KEYS = Keys(bytes(range(32)))
texts = st.text(max_size=200)


@given(texts)
def test_what_was_encrypted_for_a_place_is_read_there(text: str) -> None:
    assert KEYS.decrypt(KEYS.encrypt(text, "people.name:7"), "people.name:7") == text


@pytest.mark.parametrize("place", ["people.name:8", "people.document:7", "people.name:", ""])
def test_moved_to_another_row_or_column_it_is_not(place: str) -> None:
    with pytest.raises(DecryptionError):
        KEYS.decrypt(KEYS.encrypt("张三", "people.name:7"), place)


@given(texts, st.integers(0, 10**6), st.integers(1, 255))
def test_a_changed_byte_is_noticed(text: str, position: int, flip: int) -> None:
    sealed = bytearray(KEYS.encrypt(text, "x"))
    sealed[position % len(sealed)] ^= flip
    with pytest.raises(DecryptionError):
        KEYS.decrypt(bytes(sealed), "x")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + b"0" * 12, b"\x01" + b"0" * 40, b"\x02" + b"0" * 40])
def test_what_is_no_ciphertext_is_refused(sealed: bytes) -> None:
    with pytest.raises(DecryptionError):
        KEYS.decrypt(sealed, "x")


def test_the_same_text_is_never_the_same_bytes() -> None:
    assert len({KEYS.encrypt("张三", "x") for _ in range(50)}) == 50


def test_another_installation_reads_nothing() -> None:
    other = Keys(bytes(range(1, 33)))
    with pytest.raises(DecryptionError):
        other.decrypt(KEYS.encrypt("张三", "x"), "x")
    assert other.unsign(KEYS.sign(b"payload")) is None
    assert other.blind_index("f", "v") != KEYS.blind_index("f", "v")
    assert other.code_digest("t", "1") != KEYS.code_digest("t", "1")
    assert other.role_password("lianfang_app") != KEYS.role_password("lianfang_app")


def test_a_short_master_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keys(b"short")


@given(st.binary(max_size=60))
def test_a_signed_payload_comes_back_and_nothing_else_does(payload: bytes) -> None:
    token = KEYS.sign(payload)
    assert KEYS.unsign(token) == payload
    for broken in (token + "AA", token[4:], "AAAA" + token[4:]):
        assert broken == token or KEYS.unsign(broken) is None


@given(st.text(max_size=80))
def test_no_text_is_taken_for_a_token(text: str) -> None:
    assert KEYS.unsign(text) is None
