"""Who meets what a door requires: the decision beside a twin that reads the rules aloud, and its sentences."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianfang.requirements.decide import in_force, lacks
from lianfang.requirements.model import NOTHING, Former, Known, Lack, Requirements
from lianfang.requirements.words import code, decoded, told
from tests.requirements.twin import twin

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
met: Counter[str] = Counter()


def sampled(hours: float, result: str = "negative", method: str = "pcr") -> Known:
    return Known(1, "test", AT - hours * HOUR, None, result, method)


def stay(days: float, level: str, kind: str = "area_stay", ended: float | None = None) -> Known:
    return Known(1, kind, AT - days * DAY, None if ended is None else AT - ended * DAY, level, "area:1")


def dose(number: str, days: float = 100) -> Known:
    return Known(1, "vaccination", AT - days * DAY, None, number, "CoronaVac")


@pytest.mark.parametrize(
    ("required", "known", "expected"),
    [
        (Requirements(48), [], "lacks:test.48."),
        (Requirements(48), [sampled(48)], ""),
        (Requirements(48), [sampled(48.01)], "lacks:test.48.49"),
        (Requirements(48), [sampled(61), sampled(90)], "lacks:test.48.61"),
        (Requirements(48), [sampled(5, method="antigen"), sampled(3, method="antibody")], "lacks:test.48."),
        (Requirements(48), [sampled(2, "positive"), sampled(5)], "lacks:test.48.positive"),
        (Requirements(48), [sampled(5, "positive"), sampled(2)], ""),
        (Requirements(48), [sampled(-1)], "lacks:test.48."),
        (Requirements(None, 3), [dose("2"), dose("1")], "lacks:doses.3.2"),
        (Requirements(None, 3), [dose("3")], ""),
        (Requirements(None, 1), [dose("withdrawn")], "lacks:doses.1.0"),
        (Requirements(None, None, 7), [stay(6.9, "medium"), stay(3, "low")], "lacks:risk.7.medium"),
        (Requirements(None, None, 7), [stay(7, "high")], ""),
        (Requirements(None, None, 7), [stay(9, "high", "arrival", ended=6)], "lacks:risk.7.high"),
        (Requirements(48, 1, 7), [stay(1, "high")], "lacks:test.48.,doses.1.0,risk.7.high"),
    ],
)
def test_a_requirement_is_met_or_says_what_is_missing(
    required: Requirements, known: list[Known], expected: str
) -> None:
    found = lacks(required, known, AT)
    assert (code(found) if found else "") == expected
    assert decoded(expected) == found


def test_what_is_lacking_is_told_with_what_to_do() -> None:
    late = (Lack("test", 48, "61"),)
    assert told(late, "en", "县医院 (1.2 km)") == (
        "Needs a negative test within 48 h; your last is 61 h old. Please take another one first."
        " Nearest test site: 县医院 (1.2 km)."
    )
    assert told((Lack("test", 48, "positive"),), "zh-CN", "县医院").endswith("请不要进入，联系社区。")
    assert told((Lack("doses", 3, "0"), Lack("risk", 7, "high")), "zh-CN", "县医院") == (
        "需要接种 3 剂疫苗，没有查到您的接种记录；如已接种，请出示或上传接种证明。"
        "7 天内到过高风险区的人员不能进入；请联系社区。"
    )


def test_a_scan_counts_by_what_stood_at_the_door_when_it_was_made() -> None:
    former = [Former(until=AT, test_hours=24), Former(until=AT - DAY, doses=1)]
    assert in_force(NOTHING, former, AT) == NOTHING
    assert in_force(NOTHING, former, AT - HOUR).test_hours == 24
    assert in_force(NOTHING, former, AT - 2 * DAY).doses == 1


def instants(hours: int) -> st.SearchStrategy[datetime]:
    return st.integers(-24, hours).map(lambda n: AT - n * HOUR)


tests = st.builds(
    Known,
    st.just(1),
    st.just("test"),
    instants(100),
    st.none(),
    st.sampled_from(["negative", "negative", "positive", "inconclusive", "withdrawn"]),
    st.sampled_from(["pcr", "pcr", "antigen", None]),
)
doses = st.builds(
    Known,
    st.just(1),
    st.just("vaccination"),
    instants(100),
    st.none(),
    st.sampled_from(["1", "2", "3", "withdrawn"]),
    st.none(),
)
stays = st.builds(
    lambda at, hours, level, kind: Known(1, kind, at, at + hours * HOUR if hours else None, level, None),
    instants(800),
    st.integers(0, 72),
    st.sampled_from(["low", "medium", "high"]),
    st.sampled_from(["arrival", "area_stay"]),
)
figures = st.builds(
    Requirements,
    st.none() | st.integers(1, 96),
    st.none() | st.integers(1, 4),
    st.none() | st.integers(1, 28),
)


@settings(max_examples=300)
@given(figures, st.lists(tests | doses | stays, max_size=8))
def test_it_is_what_the_rules_say_aloud(required: Requirements, known: list[Known]) -> None:
    found = {lack.requirement for lack in lacks(required, known, AT)}
    assert found == twin(required, known, AT)
    met.update(found or {"nothing"})


def test_and_every_rule_was_tried() -> None:
    assert {"test", "doses", "risk", "nothing"} <= met.keys()
