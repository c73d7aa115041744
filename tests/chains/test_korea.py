"""Korea 2020: the one who infected somebody is ranked well above chance among all who shared a place and a day with them."""

from pathlib import Path

import pytest

DATA = Path(__file__).parents[3] / "shared/data/ds4c"


@pytest.mark.skipif(not DATA.exists(), reason="the DS4C data set is not here")
def test_true_infectors_are_ranked_first() -> None:
    from benchmarks.chains_ds4c import measure

    found = measure(DATA)
    assert found["with_dates"] == 81
    chance, product = found["first_by_chance"], found["the product"]
    assert isinstance(product, dict)
    assert isinstance(chance, float)
    assert product["first"] > 1.25 * chance
    assert product["top_3"] > 0.8 * 81
