"""Coordinates, against what gcoord 1.0 (npm) computes, and there and back again."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.kit import coordinates as c
from lianfang.kit.coordinates import Point

# WGS-84, GCJ-02, BD-09, each as (lat, lon)
KNOWN = {
    "Chicheng": (
        (40.9131, 115.8325),
        (40.914599517735596, 115.83870474554033),
        (40.92044469575233, 115.84525351088607),
    ),
    "Tiananmen": ((39.908, 116.397), (39.90940335390724, 116.40324337854781), (39.91574447377555, 116.40961642907855)),
    "Shanghai": ((31.2304, 121.4737), (31.22845773757727, 121.47822305927693), (31.234310593689997, 121.484781468503)),
    "Lhasa": ((29.6456, 91.1409), (29.642863987365978, 91.14242933648593), (29.64859369309066, 91.14902038765206)),
    "Haikou": ((20.0311, 110.3312), (20.029053664963516, 110.33557084396945), (20.034729582393396, 110.34211865086186)),
    "Mohe": ((52.9721, 122.5386), (52.973612790829996, 122.54562857497153), (52.97969881021667, 122.55209854254393)),
    "Kashgar": ((39.4704, 75.9897), (39.47062672639562, 75.99265466005465), (39.47659079500847, 75.99916270081556)),
    "Tokyo": ((35.6895, 139.6917), (35.6895, 139.6917), (35.69584545284111, 139.69812252626312)),
}
IN_CHINA = st.builds(Point, st.floats(18, 53.5), st.floats(73.5, 135))


def metres(one: Point, other: Point) -> float:
    mean = math.radians((one.lat + other.lat) / 2)
    return 111_320 * math.hypot(one.lat - other.lat, (one.lon - other.lon) * math.cos(mean))


@pytest.mark.parametrize("place", KNOWN)
def test_the_published_shift_is_reproduced(place: str) -> None:
    wgs, gcj, bd = (Point(*pair) for pair in KNOWN[place])
    assert metres(c.wgs84_to_gcj02(wgs), gcj) < 0.001
    assert metres(c.wgs84_to_bd09(wgs), bd) < 0.001
    assert metres(c.gcj02_to_wgs84(gcj), wgs) < 0.01
    assert metres(c.bd09_to_wgs84(bd), wgs) < 0.01


def test_inside_china_the_shift_is_hundreds_of_metres() -> None:
    wgs = Point(*KNOWN["Chicheng"][0])
    assert 400 < metres(wgs, c.wgs84_to_gcj02(wgs)) < 700


@given(IN_CHINA)
def test_there_and_back_is_nearer_than_a_metre(point: Point) -> None:
    assert metres(c.gcj02_to_wgs84(c.wgs84_to_gcj02(point)), point) < 1
    assert metres(c.bd09_to_wgs84(c.wgs84_to_bd09(point)), point) < 1
    assert metres(c.bd09_to_gcj02(c.gcj02_to_bd09(point)), point) < 1


@pytest.mark.parametrize("place", [Point(0.0, 0.0), Point(48.85, 2.35), Point(-33.9, 151.2)])
def test_elsewhere_nothing_is_shifted(place: Point) -> None:
    assert c.wgs84_to_gcj02(place) == place == c.gcj02_to_wgs84(place)
