"""Packs: their own examples, the figures that were published, and what a file may not say."""

from datetime import date
from typing import get_args

import pytest

from lianfang.plans.check import parse, stricter
from lianfang.plans.examples import failures
from lianfang.plans.model import Pack, PlanError
from lianfang.plans.packs import in_force, pack, packs
from lianfang.venues.model import CATEGORIES, Category

PACKS = list(packs().values())
V9 = pack("v9")
GOOD = """
key = "mine"
version = 1
name = "县方案"
name_en = "County plan"
source = "县防办"
effective_from = 2022-12-01
[contacts]
window_days = 2
overlap_minutes = 10
second_degree = false
[management.close]
central_days = 5
[dwell]
shop = 30
[[rules]]
key = "close_contact"
clause = "第一条"
zh = "密接"
en = "contact"
kind = "contact_order"
results = ["close"]
steps = [{ colour = "red", days = "close.central_days" }]
"""


@pytest.mark.parametrize("plan", PACKS, ids=lambda plan: plan.key)
def test_a_packs_examples_come_out_as_it_says(plan: Pack) -> None:
    assert list(failures(plan)) == []
    assert len(plan.examples) >= 4


def test_an_example_that_is_wrong_is_told() -> None:
    text = GOOD + '[[examples]]\nname = "例"\nevidence = ["0 contact_order close"]\nday = 5.5\ncolour = "red"\n'
    assert list(failures(parse(text, "mine"))) == ["examples「例」: 得到 green，应为 red · found green, not red"]


@pytest.mark.parametrize(
    ("key", "window", "close", "second", "levels", "close_tests"),
    [
        ("v8", 4, (14, 7), (7, 0), ("high", "medium", "low"), (1, 4, 7, 14)),
        ("v9", 2, (7, 3), (0, 7), ("high", "medium", "low"), (1, 2, 3, 5, 7)),
        ("v20", 2, (5, 3), None, ("high", "low"), (1, 2, 3, 5)),
        ("who", 2, (0, 14), None, (), ()),
    ],
)
def test_the_figures_are_the_published_ones(
    key: str,
    window: int,
    close: tuple[int, int],
    second: tuple[int, int] | None,
    levels: tuple[str, ...],
    close_tests: tuple[int, ...],
) -> None:
    plan = pack(key)
    days = {name: (m.central_days, m.home_days) for name, m in plan.management.items()}
    assert (plan.contacts.window_days, days["close"], days.get("second")) == (window, close, second)
    assert (plan.contacts.second_degree, plan.areas.levels) == (second is not None, levels)
    assert plan.management["close"].tests == close_tests


def test_dwell_is_given_for_every_category_of_door() -> None:
    for plan in PACKS:
        assert set(plan.dwell) == set(CATEGORIES) == set(get_args(Category))


def test_a_plan_is_in_force_from_its_day() -> None:
    days = [date(2022, 6, 27), date(2022, 6, 28), date(2022, 11, 10), date(2022, 11, 11)]
    assert [in_force(day).key for day in days] == ["v8", "v9", "v9", "v20"]


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("version = 0", "version = 1", "$.version"),
        ("window_day = 2", "window_days = 2", "window_day"),
        ('colour = "green"', 'colour = "red"', "$.rules[0].steps[0].colour"),
        ('results = ["clos"]', 'results = ["close"]', "rules.close_contact.results: contact_order 没有 clos"),
        ('days = "close.nights"', 'days = "close.central_days"', "rules.close_contact.steps[0].days"),
        ("key = 7", 'key = "mine"', "$.key"),
        ('ways = ["run"]\nsource', "source", "ways: 不可信的途径 run"),
        ('kind = "decision"', 'kind = "contact_order"', "rules.close_contact: 人工赋码由系统处理"),
    ],
)
def test_a_file_that_is_wrong_names_the_place(wrong: str, right: str, said: str) -> None:
    assert parse(GOOD, "mine").key == "mine"
    with pytest.raises(PlanError, match="mine") as raised:
        parse(GOOD.replace(right, wrong, 1), "mine")
    assert said in str(raised.value)


def test_a_province_may_be_stricter_and_nothing_else() -> None:
    local = stricter(V9, {"management.close.home_days": 7, "contacts.overlap_minutes": 5, "fever_celsius": 37.0})
    assert (local.management["close"].home_days, local.contacts.overlap_minutes, local.fever_celsius) == (7, 5, 37.0)
    assert stricter(V9, {}) == V9
    for parameters, said in (
        ({"management.close.home_days": 2}, "只能更严"),
        ({"contacts.overlap_minutes": 15}, "只能更严"),
        ({"contacts.second_degree": False}, "只能更严"),
        ({"contacts.second_degree": 3}, "同类"),
        ({"management.close.home_days": 999}, "management"),
        ({"name": "x"}, "不能由地方调整"),
        ({"management.nobody.home_days": 7}, "不能由地方调整"),
    ):
        with pytest.raises(PlanError, match=said):
            stricter(V9, parameters)
