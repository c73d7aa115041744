"""A thermometer that has drifted is found among its neighbours, and one that has not is left alone."""

import random
from itertools import count

import pytest

from lianfang.devices.drift import NEEDED, Series, drift

_ids = count(1)


def series(unit: int, parent: int | None = 0, offset: float = 0.0, n: int = 200, seed: int = 1) -> Series:
    """A day of people: 36.5 ± 0.25, a fever or a cold forehead now and then."""
    dice = random.Random(f"{seed} {unit} {offset} {n}")
    people = [dice.gauss(36.5, 0.25) if dice.random() > 0.03 else dice.choice((38.4, 34.2)) for _ in range(n)]
    return Series(next(_ids), unit, parent, [round(one + offset, 1) for one in people])


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("offset", "flagged"), [(0.0, False), (0.2, False), (-0.2, False), (0.6, True), (-0.6, True)])
def test_an_offset_is_found_from_half_a_degree_on(seed: int, offset: float, flagged: bool) -> None:
    neighbours = [series(1, seed=seed), series(1, seed=seed + 100), series(1, seed=seed + 200)]
    found = drift(series(1, offset=offset, n=100, seed=seed + 300), neighbours)
    assert found.flagged is flagged
    assert found.delta == pytest.approx(offset, abs=0.15)
    assert found.devices == 3


def test_the_limit_is_four_tenths_of_a_degree() -> None:
    still = Series(90, 1, 0, [36.5] * 40)
    assert drift(Series(91, 1, 0, [36.9] * 40), [still]).flagged
    assert not drift(Series(92, 1, 0, [36.8] * 40), [still]).flagged
    assert drift(Series(93, 1, 0, [36.1] * 40), [still]).flagged


def test_too_few_readings_say_nothing() -> None:
    many, few = series(1, n=100), Series(99, 1, 0, [36.9] * (NEEDED - 1))
    assert drift(few, [many]).delta is None
    assert drift(many, [few]).delta is None
    assert not drift(few, [many]).flagged


def test_neighbours_are_those_of_the_unit_else_of_the_parent() -> None:
    own = series(1, parent=10)
    sister, cousin, stranger = series(1, parent=10, offset=0.1), series(2, parent=10), series(3, parent=11)
    assert drift(own, [own, sister, cousin, stranger]).neighbours_n == drift(own, [sister]).neighbours_n
    assert drift(own, [own, cousin, stranger]).neighbours_n == drift(own, [cousin]).neighbours_n
    assert drift(own, [own, stranger]).neighbours is None


def test_a_root_without_a_parent_has_only_its_own_unit() -> None:
    assert drift(series(1, parent=None), [series(2, parent=None)]).neighbours is None


def test_fevers_do_not_make_a_thermometer_look_wrong() -> None:
    """A ward of feverish people beside a school: only what is normal is compared."""
    ward = Series(50, 1, 0, [38.5] * 60 + [36.5] * 40)
    school = Series(51, 1, 0, [36.5] * 100)
    assert drift(ward, [school]).delta == 0
