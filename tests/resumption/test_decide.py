"""What is due when, what is abnormal, and what may follow: the same for every clock in the world."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from lianfang.kit.clock import local_day
from lianfang.resumption import form
from lianfang.resumption.decide import TRANSITIONS, actions_in, duty_of, instant, local_date, reasons
from lianfang.resumption.model import Duty, FollowUpAction, FollowUpState
from lianfang.venues.answers import CompiledForm
from lianfang.venues.forms import field_errors

SHANGHAI, BERLIN, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
DAY = date(2022, 11, 22)
HEALTHY = {"temperature": 36.5, "symptoms": "no", "contact": "no", "travel": "no"}


@pytest.mark.parametrize(
    ("now", "zone", "day"),
    [
        (datetime(2022, 11, 22, 15, 59, 59, tzinfo=UTC), SHANGHAI, date(2022, 11, 22)),
        (datetime(2022, 11, 22, 16, 0, tzinfo=UTC), SHANGHAI, date(2022, 11, 23)),
        (datetime(2022, 3, 27, 21, 59, 59, tzinfo=UTC), BERLIN, date(2022, 3, 27)),  # the day has 23 hours
        (datetime(2022, 3, 27, 22, 0, tzinfo=UTC), BERLIN, date(2022, 3, 28)),
        (datetime(2022, 10, 30, 22, 59, 59, tzinfo=UTC), BERLIN, date(2022, 10, 30)),  # and 25 here
        (datetime(2022, 10, 30, 23, 0, tzinfo=UTC), BERLIN, date(2022, 10, 31)),
        (datetime(2022, 11, 6, 4, 59, 59, tzinfo=UTC), NEW_YORK, date(2022, 11, 6)),
        (datetime(2022, 11, 7, 4, 59, 59, tzinfo=UTC), NEW_YORK, date(2022, 11, 6)),
        (datetime(2022, 11, 7, 5, 0, tzinfo=UTC), NEW_YORK, date(2022, 11, 7)),
    ],
)
def test_a_day_ends_at_midnight_where_the_people_are(now: datetime, zone: ZoneInfo, day: date) -> None:
    assert local_date(now, zone) == day
    begin, end = local_day(day, zone)
    assert begin <= now < end


@pytest.mark.parametrize(
    ("day", "at", "zone", "utc"),
    [
        (DAY, time(18), SHANGHAI, "10:00"),
        (date(2022, 7, 1), time(18), BERLIN, "16:00"),
        (date(2022, 12, 1), time(18), BERLIN, "17:00"),
        (date(2022, 3, 27), time(2, 30), BERLIN, "01:30"),  # there is no such time: half an hour after the leap
        (date(2022, 10, 30), time(2, 30), BERLIN, "00:30"),  # it comes twice: the first
    ],
)
def test_an_hour_of_a_day_is_one_instant(day: date, at: time, zone: ZoneInfo, utc: str) -> None:
    assert f"{instant(day, at, zone):%H:%M}" == utc


ALL = Duty("", DAY, time(18))
WELDERS = Duty("焊工", DAY + timedelta(3), time(9), DAY + timedelta(5))


@pytest.mark.parametrize(
    ("category", "after", "bound_by"),
    [
        ("", -1, None),
        ("", 0, ALL),
        ("厨师", 400, ALL),
        ("焊工", 0, None),  # theirs has not begun, and the others' is not theirs
        ("焊工", 3, WELDERS),
        ("焊工", 5, WELDERS),
        ("焊工", 6, None),
    ],
)
def test_a_category_is_bound_by_its_own_line_or_by_that_of_all(
    category: str, after: int, bound_by: Duty | None
) -> None:
    assert duty_of([ALL, WELDERS], category, DAY + timedelta(after)) == bound_by


def test_without_a_line_for_all_only_the_named_ones_report() -> None:
    assert duty_of([WELDERS], "厨师", DAY + timedelta(4)) is None


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, []),
        ({"temperature": 37.2}, []),
        ({"temperature": 37.3}, ["fever"]),
        ({"symptoms": "yes"}, ["symptoms"]),
        ({"contact": "yes", "temperature": 39}, ["fever", "contact"]),
        ({"travel": "yes"}, ["travel"]),
    ],
)
def test_fever_and_every_yes_are_abnormal(changed: dict[str, Any], why: list[str]) -> None:
    assert reasons(form.FIELDS, HEALTHY | changed, 37.3) == why


def test_the_common_form_is_a_form() -> None:
    assert field_errors(form.FIELDS) == []
    assert CompiledForm(list(form.FIELDS)).check(HEALTHY) == (HEALTHY, [])
    _, errors = CompiledForm(list(form.FIELDS)).check(HEALTHY | {"symptoms": "yes"})
    assert [error.field for error in errors] == ["answers.symptoms_what"]


def test_every_state_leads_on_and_closing_is_never_the_end() -> None:
    states, actions = set(get_args(FollowUpState)), set(get_args(FollowUpAction))
    assert {state for state, _ in TRANSITIONS} == states
    assert {action for _, action in TRANSITIONS} == actions
    assert set(TRANSITIONS.values()) == states
    assert actions_in("open") == ["contact", "close"]
    assert actions_in("closed") == ["reopen"]
