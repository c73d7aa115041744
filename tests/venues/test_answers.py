"""Answers against a form: pure, so the rules are tried by the hundred."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.venues.answers import Answer, CompiledForm
from lianfang.venues.model import Choice, Field, ShowWhen

NUMBER = Field("n", "number", "数", min=34, max=43)
TEXT = Field("t", "text", "字", max_length=5)
CHOICE = Field("c", "choice", "选", choices=[Choice("a", "甲"), Choice("b", "乙")])
DATE = Field("d", "date", "日")
DOCUMENT = Field("p", "document", "证")
PHONE = Field("q", "phone", "话")
EVERY = [NUMBER, TEXT, CHOICE, DATE, DOCUMENT, PHONE]


def checked(field: Field, answer: Answer) -> Answer | None:
    """What is stored; None where it is refused."""
    stored, errors = CompiledForm([field]).check({field.key: answer})
    assert bool(errors) != bool(stored)
    return stored.get(field.key)


@pytest.mark.parametrize(
    ("field", "answer", "stored"),
    [
        (NUMBER, 36.6, 36.6),
        (NUMBER, 34, 34),
        (NUMBER, "43", 43.0),
        (NUMBER, 43.01, None),
        (NUMBER, "nan", None),
        (NUMBER, "inf", None),
        (NUMBER, "warm", None),
        (Field("n", "number", "数"), -1e300, None),
        (TEXT, "  五个字以内 ", "五个字以内"),
        (TEXT, "六个字太多了", None),
        (TEXT, "a\0", None),
        (TEXT, 5, None),
        (CHOICE, "a", "a"),
        (CHOICE, " b ", "b"),
        (CHOICE, "甲", None),
        (CHOICE, 1, None),
        (DATE, "2026-02-28", "2026-02-28"),
        (DATE, "2026-02-29", None),
        (DATE, "yesterday", None),
        (DOCUMENT, "GA1234567", "GA1234567"),
        (DOCUMENT, "130799194001010000", None),
        (PHONE, "138 0000 1111", "+8613800001111"),
        (PHONE, "110", None),
    ],
    ids=str,
)
def test_an_answer_is_stored_in_one_spelling_or_refused(field: Field, answer: Answer, stored: Answer | None) -> None:
    assert checked(field, answer) == stored


def test_what_is_not_required_may_be_left_out_or_empty() -> None:
    form = CompiledForm([Field("t", "text", "字", required=False)])
    assert form.check({}) == form.check({"t": "   "}) == ({}, [])


def test_each_missing_answer_is_named_once() -> None:
    _, errors = CompiledForm(EVERY).check({"n": 99, "t": ""})
    assert sorted((error.field, error.code) for error in errors) == [
        ("answers.c", "required"),
        ("answers.d", "required"),
        ("answers.n", "number"),
        ("answers.p", "required"),
        ("answers.q", "required"),
        ("answers.t", "required"),
    ]


def test_a_question_of_another_form_is_named_and_not_echoed_at_length() -> None:
    _, errors = CompiledForm([]).check({"x" * 5000: "secret"})
    assert [(error.code, len(error.field)) for error in errors] == [("unknown", len("answers.") + 40)]
    assert "secret" not in errors[0].text.show("en")


OUTSIDE = Field(
    "outside", "choice", "到过外地", choices=[Choice("no", "没有"), Choice("yes", "到过"), Choice("abroad", "境外")]
)
HOW = Field(
    "how",
    "choice",
    "怎么回来",
    choices=[Choice("train", "火车"), Choice("car", "自驾")],
    show_when=ShowWhen("outside", ["yes"]),
)
PLATE = Field("plate", "text", "车牌", max_length=8, show_when=ShowWhen("how", ["car"]))
TRIP = CompiledForm([OUTSIDE, HOW, PLATE])


@pytest.mark.parametrize(
    ("given_answers", "stored", "missing"),
    [
        ({}, {}, ["outside"]),
        ({"outside": "no"}, {"outside": "no"}, []),
        ({"outside": "yes"}, {"outside": "yes"}, ["how"]),
        ({"outside": "yes", "how": "train"}, {"outside": "yes", "how": "train"}, []),
        ({"outside": "yes", "how": "car"}, {"outside": "yes", "how": "car"}, ["plate"]),
        # typed, and then the answer above was changed
        ({"outside": "no", "how": "car", "plate": "冀G12345"}, {"outside": "no"}, []),
        ({"outside": "yes", "how": "train", "plate": "冀G12345"}, {"outside": "yes", "how": "train"}, []),
        # not even a wrong one is complained about where it is not asked
        ({"outside": "no", "how": 7, "plate": "长得无法放进八个字的车牌"}, {"outside": "no"}, []),
        # the order in which a phone sends its answers says nothing
        (
            {"plate": "冀G12345", "how": " car ", "outside": "yes"},
            {"outside": "yes", "how": "car", "plate": "冀G12345"},
            [],
        ),
    ],
    ids=str,
)
def test_a_hidden_field_is_neither_required_nor_stored(
    given_answers: dict[str, Any], stored: dict[str, Any], missing: list[str]
) -> None:
    assert TRIP.check(given_answers)[0] == stored
    errors = TRIP.check(given_answers)[1]
    assert [(error.field, error.code) for error in errors] == [(f"answers.{key}", "required") for key in missing]


def test_what_hangs_on_a_refused_answer_is_not_asked_for() -> None:
    stored, errors = TRIP.check({"outside": "the moon", "how": "car"})
    assert stored == {}
    assert [(error.field, error.code) for error in errors] == [("answers.outside", "choice")]


def test_a_remembered_answer_comes_back_though_its_field_is_hidden_yet() -> None:
    assert TRIP.recall({"how": "car", "plate": "冀G12345", "outside": "the moon", "x": 1}) == {
        "how": "car",
        "plate": "冀G12345",
    }


answers: st.SearchStrategy[Answer] = st.one_of(st.text(max_size=30), st.integers(), st.floats())
some_fields = st.lists(st.sampled_from(EVERY), unique_by=lambda field: field.key)


@given(some_fields, st.dictionaries(st.sampled_from("ntcdpqxy"), answers, max_size=8))
def test_whatever_is_sent_every_answer_is_stored_or_explained(
    fields: list[Field], given_answers: dict[str, Any]
) -> None:
    stored, errors = CompiledForm(fields).check(given_answers)
    explained = {error.field.removeprefix("answers.") for error in errors}
    empty = {key for key, value in given_answers.items() if isinstance(value, str) and not value.strip()}
    known = {field.key for field in fields}
    assert stored.keys() | explained >= known
    assert not stored.keys() & explained
    assert explained >= given_answers.keys() - known
    assert stored.keys() <= given_answers.keys() - empty
    for error in errors:
        assert error.text.show("zh-CN", **error.values)
        assert error.text.show("en", **error.values)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "outside": st.sampled_from(["no", "yes", "abroad", "", "?"]),
            "how": st.sampled_from(["train", "car", "?"]),
            "plate": st.sampled_from(["冀G12345", "", "冀G1234567890"]),
        },
    )
)
def test_a_form_with_conditions_is_the_form_of_its_shown_fields(given_answers: dict[str, Any]) -> None:
    """The slow, obvious twin: strike the hidden fields out, then check what is left."""
    outside = given_answers.get("outside")
    how = given_answers.get("how") if outside == "yes" else None
    asked = [OUTSIDE] + [HOW] * (outside == "yes") + [PLATE] * (how == "car")
    keys = {field.key for field in asked}
    plain = CompiledForm([msgspec.structs.replace(field, show_when=None) for field in asked])
    expected = plain.check({key: answer for key, answer in given_answers.items() if key in keys})
    stored, errors = TRIP.check(given_answers)
    assert stored == expected[0]
    assert [(error.field, error.code) for error in errors] == [(error.field, error.code) for error in expected[1]]


@given(some_fields, st.dictionaries(st.sampled_from("ntcdpq"), answers, max_size=6))
def test_stored_answers_are_accepted_again_unchanged(fields: list[Field], given_answers: dict[str, Any]) -> None:
    """What a phone remembers is what it sends next time."""
    stored, _ = CompiledForm(fields).check(given_answers)
    again, errors = CompiledForm(fields).check(stored)
    assert again == stored
    assert {error.code for error in errors} <= {"required"}
    assert not any(isinstance(value, float) and math.isnan(value) for value in stored.values())
