"""What was recognised on a card becomes a name and a number, or nothing; a wrong number never."""

from datetime import date

import pytest

from lianfang.kit.identifiers import check_character
from lianfang.ocr.reading import Line, name_of, number_of

FIRST = "13079919900101123"
NUMBER = FIRST + check_character(FIRST)
TODAY = date(2026, 11, 22)


def line(text: str, x: float = 0, y: float = 0, *, tilt: float = 0) -> Line:
    width, height = 30.0 * len(text), 40.0
    return Line([(x, y), (x + width, y + tilt * width), (x + width, y + height + tilt * width), (x, y + height)], text)


def test_a_number_is_read_with_its_label_and_its_spaces() -> None:
    assert (
        number_of([line("姓名张三丰"), line(f"公民身份号码 {NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}")], TODAY)
        == NUMBER
    )


def test_letters_that_look_like_digits_are_taken_for_them_only_if_the_check_character_says_so() -> None:
    assert number_of([line(NUMBER.replace("0", "O").replace("1", "l"))], TODAY) == NUMBER


@pytest.mark.parametrize("at", range(18))
def test_no_number_with_one_wrong_digit_is_accepted(at: int) -> None:
    for other in "0123456789X":
        wrong = NUMBER[:at] + other + NUMBER[at + 1 :]
        assert number_of([line(wrong)], TODAY) == (NUMBER if wrong == NUMBER else "")


def test_two_numbers_are_none() -> None:
    other = "13079919850612332"
    assert number_of([line(NUMBER), line(other + check_character(other))], TODAY) == ""


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ([line("姓名张三丰")], "张三丰"),
        ([line("姓 名 张三")], "张三"),
        ([line("姓名", y=2), line("阿依古丽•吐尔逊", x=120), line("性别女民族汉", y=80)], "阿依古丽·吐尔逊"),
        (
            [line("姓名", tilt=0.1), line("李四光", x=120, y=14, tilt=0.1), line("性别男民族汉", y=70, tilt=0.1)],
            "李四光",
        ),
        ([line("姓名"), line("性别男民族汉", y=80)], ""),
        ([line("住址河北省赤城县")], ""),
    ],
)
def test_a_name_stands_behind_its_label(lines: list[Line], name: str) -> None:
    assert name_of(lines) == name
