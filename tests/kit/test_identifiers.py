"""Documents, telephone numbers and names: what is accepted, how it is stored, what a mask still shows."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.kit import identifiers as ids

# The specimen number printed in GB 11643-1999 itself.
SPECIMEN = "11010519491231002X"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (SPECIMEN, SPECIMEN),
        ("11010519491231002x", SPECIMEN),
        (" 110105 19491231 002X ", SPECIMEN),
        ("110105-19491231-002x", SPECIMEN),
        ("１１０１０５１９４９１２３１００２Ｘ", SPECIMEN),
        ("１１０１０５１９４９１２３１００２ｘ", SPECIMEN),
        ("\ufeff110105\u3000194912\u200b31002X", SPECIMEN),
    ],
)
def test_a_resident_id_has_one_spelling(typed: str, stored: str) -> None:
    assert ids.resident_id(typed) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        (" \u3000\u200b", "empty"),
        ("110105194912310021", "check_digit"),
        ("110105194912310020", "check_digit"),
        ("1101051949123100", "length"),
        ("110105491231002", "length"),  # the 15-digit number of before 1999
        ("1101051949123100200", "length"),
        ("11010519490231002X", "date"),
        ("110105194913010021", "date"),
        ("11010518991231002X", "date"),
        ("11010520990101002X", "date"),
        ("1101O519491231002X", "format"),
        ("11010519491231X02X", "format"),
        ("٠١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧", "format"),  # digits, but not these
        ("²10105194912310021", "format"),
        ("01010519491231002X", "format"),
    ],
)
def test_a_wrong_resident_id_says_why(typed: str, code: str) -> None:
    with pytest.raises(ids.IdentifierError) as error:
        ids.resident_id(typed)
    assert error.value.code == code
    assert isinstance(error.value, ValueError)


@st.composite
def resident_ids(draw: st.DrawFn) -> str:
    area = draw(st.integers(100000, 899999))
    born = draw(st.dates(date(1900, 1, 1), date(2025, 12, 31)))
    first17 = f"{area}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return first17 + ids.check_character(first17)


@given(resident_ids())
def test_any_area_code_is_accepted(number: str) -> None:
    assert ids.resident_id(number) == number


@given(resident_ids(), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_never_accepted(number: str, place: int, shift: int) -> None:
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    with pytest.raises(ids.IdentifierError):
        ids.resident_id(wrong)


@given(resident_ids(), st.integers(0, 15))
def test_two_swapped_digits_are_never_accepted(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        with pytest.raises(ids.IdentifierError):
            ids.resident_id(swapped)


def test_a_child_born_today_is_registered_and_one_born_tomorrow_is_not() -> None:
    first17 = "13073220221123001"
    number = first17 + ids.check_character(first17)
    assert ids.resident_id(number, today=date(2022, 11, 23)) == number
    with pytest.raises(ids.IdentifierError, match="date"):
        ids.resident_id(number, today=date(2022, 11, 22))


def test_residence_permits_of_hong_kong_macau_and_taiwan_are_resident_ids() -> None:
    for first17 in ("81000019800101001", "82000019800101001", "83000019800101001"):
        assert ids.resident_id(first17 + ids.check_character(first17))


@pytest.mark.parametrize(
    ("document_type", "typed", "stored"),
    [
        ("hk_macau_permit", "H12345678", "H12345678"),
        ("hk_macau_permit", "h1234567802", "H12345678"),
        ("hk_macau_permit", "Ｍ１２３４５６７８", "M12345678"),
        ("taiwan_permit", "12345678", "12345678"),
        ("taiwan_permit", "1234567801(B)", "12345678"),
        ("taiwan_permit", "１２３４５６７８０１（Ｂ）", "12345678"),
        ("foreign_permanent_resident", "usa123456789012", "USA123456789012"),
        ("foreign_permanent_resident", "91384019800101000" + "{check}", "91384019800101000" + "{check}"),
        ("passport", "e 1234 5678", "E12345678"),
        ("passport", "AB1234567", "AB1234567"),
        ("passport", "12345", "12345"),
        ("other", " nyc-470 ", "nyc-470"),
        ("other", "工号 ４７０", "工号 ４７０"),
        ("resident_id", SPECIMEN, SPECIMEN),
    ],
)
def test_each_document_type_has_its_spelling(document_type: str, typed: str, stored: str) -> None:
    check = ids.check_character("91384019800101000")
    assert ids.document(document_type, typed.format(check=check)) == stored.format(check=check)


@pytest.mark.parametrize(
    ("document_type", "typed", "code"),
    [
        ("hk_macau_permit", "K12345678", "format"),
        ("hk_macau_permit", "H1234567", "length"),
        ("taiwan_permit", "1234567", "length"),
        ("taiwan_permit", "1234567A", "length"),
        ("taiwan_permit", "12A45678", "format"),
        ("foreign_permanent_resident", "US1234567890123", "format"),
        ("foreign_permanent_resident", SPECIMEN, "format"),
        ("foreign_permanent_resident", "91384019800231000X", "date"),
        ("foreign_permanent_resident", "USA12345678901", "length"),
        ("passport", "E123", "length"),
        ("passport", "E1234567890123456", "length"),
        ("passport", "护照12345", "format"),
        ("other", "", "empty"),
        ("other", "x" * 65, "length"),
        ("other", "a\x00b", "format"),
        ("other", "\ud800", "format"),
        ("driving_licence", "123", "type"),
    ],
)
def test_a_wrong_document_says_why(document_type: str, typed: str, code: str) -> None:
    with pytest.raises(ids.IdentifierError) as error:
        ids.document(document_type, typed)
    assert error.value.code == code


def test_a_foreign_card_with_a_mistyped_digit_is_refused() -> None:
    first17 = "91384019800101000"
    right = ids.check_character(first17)
    with pytest.raises(ids.IdentifierError, match="check_digit"):
        ids.foreign_permanent_resident(first17 + ("1" if right != "1" else "2"))


@given(st.sampled_from(sorted(ids.DOCUMENT_TYPES)), st.text(max_size=80))
def test_any_text_is_normalised_once_or_refused(document_type: str, text: str) -> None:
    try:
        stored = ids.document(document_type, text)
    except ids.IdentifierError:
        return
    assert ids.document(document_type, stored) == stored
    stored.encode()  # storable: no lone surrogates


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("13812341234", "+8613812341234"),
        ("+86 138 1234 1234", "+8613812341234"),
        ("+86-138-1234-1234", "+8613812341234"),
        ("008613812341234", "+8613812341234"),
        ("8613812341234", "+8613812341234"),
        ("（＋８６）１３８１２３４１２３４", "+8613812341234"),
        ("138\u20101234\u20131234", "+8613812341234"),
        ("19912341234", "+8619912341234"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("0044 20 7946 0018", "+442079460018"),
        ("+852 9123 4567", "+85291234567"),
        ("+2901234", "+2901234"),
    ],
)
def test_a_telephone_number_is_stored_as_e164(typed: str, stored: str) -> None:
    assert ids.phone(typed) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("12812341234", "format"),
        ("1381234123", "length"),
        ("138123412345", "length"),
        ("+86 313 6312345", "length"),
        ("+8612812341234", "format"),
        ("031363123450", "length"),
        ("+123456", "length"),
        ("+1234567890123456", "length"),
        ("+0234567890", "format"),
        ("1381234123a", "format"),
        ("+1+4155552671", "format"),
        ("٠٠٨٦١٣٨١٢٣٤١٢٣٤", "format"),
    ],
)
def test_a_wrong_telephone_number_says_why(typed: str, code: str) -> None:
    with pytest.raises(ids.IdentifierError) as error:
        ids.phone(typed)
    assert error.value.code == code


@given(st.integers(3, 9), st.integers(0, 999_999_999))
def test_every_chinese_mobile_prefix_is_accepted(second: int, rest: int) -> None:
    assert ids.phone(f"1{second}{rest:09d}") == f"+861{second}{rest:09d}"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" 张三 ", "张三"),
        ("王 芳", "王芳"),
        ("王　芳", "王芳"),
        ("王 Fang", "王 Fang"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉 ・ 买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉.买买提", "阿卜杜拉·买买提"),
        ("J. Smith", "J. Smith"),
        ("John \t Smith", "John Smith"),
        ("Zoe\u0308", "Zoë"),
        ("\u202e张三\u200b", "张三"),
        ("𬱖㛃䶮", "𬱖㛃䶮"),
        ("王\U00031350", "王\U00031350"),  # extension H, newer than Python 3.11's tables
        ("王\ue863", "王\ue863"),  # private use
        ("علی\u200cرضا", "علی\u200cرضا"),
    ],
)
def test_a_name_keeps_its_letters(typed: str, stored: str) -> None:
    assert ids.person_name(typed) == stored


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("John Smith", "JOHN SMITH", True),
        ("Zhang San", "zhangsan", True),
        ("张三", "张三", True),
        ("张三", "张二", False),
        ("John Smith", "John Smyth", False),
    ],
)
def test_capitals_and_spaces_make_no_other_person(one: str, other: str, same: bool) -> None:
    assert ids.same_name(one, other) is same


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("\u200b \u200d", "empty"),
        ("·", "format"),
        ("123", "format"),
        ("张\x00三", "format"),
        ("王" * 101, "length"),
    ],
)
def test_what_is_not_a_name_is_refused(typed: str, code: str) -> None:
    with pytest.raises(ids.IdentifierError) as error:
        ids.person_name(typed)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("name", "mask"),
    [
        ("张三", "张*"),
        ("张小三", "张*三"),
        ("欧阳震华", "欧**华"),
        ("王" * 40, "王***王"),
        ("阿卜杜拉·买买提", "阿**·买**"),
        ("迪丽热巴·迪力木拉提·某某", "迪**·某**"),
        ("John Smith", "J*** S***"),
        ("Maria del Carmen García López", "M*** L***"),
        ("Madonna", "M***"),
        ("𬱖㛃䶮", "𬱖*䶮"),
        ("e\u0301lise", "é***"),
        ("葛\U000e0100城", "葛\U000e0100*"),  # a variant selector belongs to its character
        ("张", "*"),
        ("", "*"),
        ("·", "*"),
        ("山田 太郎", "山**郎"),
    ],
)
def test_a_masked_name_can_be_recognised_but_not_read(name: str, mask: str) -> None:
    assert ids.mask_name(name) == mask


@given(st.text(st.characters(exclude_characters="*"), max_size=200))
def test_a_mask_shows_two_letters_at_most_and_not_the_length(name: str) -> None:
    mask = ids.mask_name(name)
    shown = [c for c in mask if c not in "*· " and unicodedata.category(c)[0] != "M" and c not in "\u200c\u200d"]
    assert len(shown) <= 2
    assert "*" in mask
    assert mask.count("*") <= 6


def test_masked_documents_and_telephones() -> None:
    assert ids.mask_document(SPECIMEN) == "110****002X"
    assert ids.mask_document("E12345678") == "E****78"
    assert ids.mask_document("1234") == "****"
    assert ids.mask_phone("+8613812341234") == "138****1234"
    assert ids.mask_phone("+442079460018") == "+44****018"


@given(st.text(min_size=1, max_size=64))
def test_a_masked_document_hides_something_of_every_number(number: str) -> None:
    mask = ids.mask_document(number)
    assert "****" in mask
    assert len(mask.replace("****", "")) <= min(len(number) - 1, 7)
