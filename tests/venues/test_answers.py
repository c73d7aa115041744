"""Answers against a form: pure, so the rules are tried by the hundred."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.venues.answers import Answer, CompiledForm
from lianfang.venues.model import Choice, Field

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


@given(some_fields, st.dictionaries(st.sampled_from("ntcdpq"), answers, max_size=6))
def test_stored_answers_are_accepted_again_unchanged(fields: list[Field], given_answers: dict[str, Any]) -> None:
    """What a phone remembers is what it sends next time."""
    stored, _ = CompiledForm(fields).check(given_answers)
    again, errors = CompiledForm(fields).check(stored)
    assert again == stored
    assert {error.code for error in errors} <= {"required"}
    assert not any(isinstance(value, float) and math.isnan(value) for value in stored.values())
