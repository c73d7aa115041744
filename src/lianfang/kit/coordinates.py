"""The three coordinate systems of phones in China.

WGS-84: what satellites say, and what we store. GCJ-02: WGS-84 shifted by a public approximation of the official transformation
(WeChat, Alipay, AMap, Tencent). BD-09: GCJ-02 shifted once more (Baidu). Outside China nothing is shifted.
"""

import math
from typing import NamedTuple

# the ellipsoid of Krasovsky 1940, on which the shift is defined
_A, _EE = 6378245.0, 0.00669342162296594323
_BD_TURN = math.pi * 3000.0 / 180.0
_STEPS, _CLOSE_ENOUGH = 10, 1e-9  # degrees: a tenth of a millimetre


class Point(NamedTuple):
    """Degrees; which system they are in is said by who holds them."""

    lat: float
    lon: float


def in_china(point: Point) -> bool:
    """The rectangle in which the shift applies; it is rough, as everybody's is, so that all maps agree."""
    return 0.8293 <= point.lat <= 55.8271 and 72.004 <= point.lon <= 137.8347


def wgs84_to_gcj02(point: Point) -> Point:
    if not in_china(point):
        return point
    x, y = point.lon - 105.0, point.lat - 35.0
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    d_lat += _wave(x, 6.0, 20.0) + _wave(x, 2.0, 20.0) + _wave(y, 1.0, 20.0) + _wave(y, 1 / 3, 40.0)
    d_lat += _wave(y, 1 / 12, 160.0) + _wave(y, 1 / 30, 320.0)
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    d_lon += _wave(x, 6.0, 20.0) + _wave(x, 2.0, 20.0) + _wave(x, 1.0, 20.0) + _wave(x, 1 / 3, 40.0)
    d_lon += _wave(x, 1 / 12, 150.0) + _wave(x, 1 / 30, 300.0)
    latitude = math.radians(point.lat)
    magic = 1 - _EE * math.sin(latitude) ** 2
    metres_lat = _A * (1 - _EE) / (magic * math.sqrt(magic))
    metres_lon = _A / math.sqrt(magic) * math.cos(latitude)
    return Point(point.lat + math.degrees(d_lat / metres_lat), point.lon + math.degrees(d_lon / metres_lon))


def gcj02_to_wgs84(point: Point) -> Point:
    """The inverse has no formula: the shift changes slowly, so a few steps of correction find it to a millimetre."""
    if not in_china(point):
        return point
    guess = point
    for _ in range(_STEPS):
        there = wgs84_to_gcj02(guess)
        error = Point(there.lat - point.lat, there.lon - point.lon)
        guess = Point(guess.lat - error.lat, guess.lon - error.lon)
        if abs(error.lat) < _CLOSE_ENOUGH and abs(error.lon) < _CLOSE_ENOUGH:
            break
    return guess


def gcj02_to_bd09(point: Point) -> Point:
    radius = math.hypot(point.lon, point.lat) + 0.00002 * math.sin(point.lat * _BD_TURN)
    angle = math.atan2(point.lat, point.lon) + 0.000003 * math.cos(point.lon * _BD_TURN)
    return Point(radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065)


def bd09_to_gcj02(point: Point) -> Point:
    guess = Point(point.lat - 0.006, point.lon - 0.0065)
    for _ in range(_STEPS):
        there = gcj02_to_bd09(guess)
        error = Point(there.lat - point.lat, there.lon - point.lon)
        guess = Point(guess.lat - error.lat, guess.lon - error.lon)
        if abs(error.lat) < _CLOSE_ENOUGH and abs(error.lon) < _CLOSE_ENOUGH:
            break
    return guess


def bd09_to_wgs84(point: Point) -> Point:
    return gcj02_to_wgs84(bd09_to_gcj02(point))


def wgs84_to_bd09(point: Point) -> Point:
    return gcj02_to_bd09(wgs84_to_gcj02(point))


def _wave(value: float, frequency: float, height: float) -> float:
    return height * math.sin(value * math.pi * frequency) * 2 / 3
