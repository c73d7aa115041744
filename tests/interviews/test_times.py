"""What people say of the time of day, and what is understood."""

import pytest

from lianfang.interviews.times import Told, read


def at(hour: int, minute: int = 0) -> int:
    return hour * 60 + minute


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("8:30", Told(at(8, 30), at(9, 30), 0)),
        ("中午", Told(at(11, 30), at(12, 30), 30)),
        ("around noon", Told(at(11, 30), at(12, 30), 30)),
        ("下午三点左右", Told(at(15), at(16), 30)),
        ("下午3点半到5点", Told(at(15, 30), at(17), 0)),
        ("about 3 pm", Told(at(15), at(16), 30)),
        ("from 3 to 5 pm", Told(at(15), at(17), 0)),
        ("9点到11点左右", Told(at(9), at(11), 30)),
        ("晚上十一点到一点", Told(at(23), at(25), 0)),
        ("上午，待了半小时", Told(at(9, 45), at(10, 15), 105)),
        ("早上7点，两个小时", Told(at(7), at(9), 0)),
        ("晚上八点一刻", Told(at(20, 15), at(21, 15), 0)),
        ("整天", Told(0, at(24), 0)),
        ("in the evening for 20 minutes", Told(at(19, 50), at(20, 10), 110)),
        ("14:00-16:30", Told(at(14), at(16, 30), 0)),
    ],
)
def test_what_is_remembered_becomes_an_interval_with_its_play(said: str, meant: Told) -> None:
    assert read(said) == meant


@pytest.mark.parametrize("said", ["", "不记得了", "去超市买菜", "99:99", "坐了3路车"])
def test_what_says_no_time_is_not_guessed(said: str) -> None:
    assert read(said) is None
