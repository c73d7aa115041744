"""Temperatures at the doors that take them: measured, or reused while they are valid, as a real door would; now and then a fever."""

from datetime import datetime, timedelta
from random import Random
from typing import Final, NamedTuple

import msgspec

from lianfang.demo.dice import dice
from lianfang.demo.model import Checkpoint, Visit

FEVER: Final = 37.3
_USUAL, _SPREAD = 36.5, 0.25
_FEVERS: Final = 1 / 1500  # of the measurements
_TAKES: Final = timedelta(seconds=15)


class _Reading(NamedTuple):
    celsius: float
    at: datetime
    checkpoint: int


def with_temperatures(checkpoints: tuple[Checkpoint, ...], visits: list[Visit], *, seed: int) -> list[Visit]:
    """The visits, in the order of time, with the temperature that counted at each door that wants one."""
    random = dice(seed, "temperatures")
    last: dict[int, _Reading] = {}
    return [
        visit
        if (valid := checkpoints[visit.checkpoint].temperature_valid_min) is None
        else _taken(visit, valid, last, random)
        for visit in visits
    ]


def _taken(visit: Visit, valid_min: int, last: dict[int, _Reading], random: Random) -> Visit:
    if visit.verdict == "refuse":
        return visit  # nobody measures whom the code keeps out
    reading = last.get(visit.person)
    if reading is None or visit.at - reading.at >= timedelta(minutes=valid_min):
        reading = last[visit.person] = _Reading(_celsius(random), visit.at + _TAKES, visit.checkpoint)
    visit = msgspec.structs.replace(
        visit, celsius=reading.celsius, celsius_at=reading.at, celsius_checkpoint=reading.checkpoint
    )
    if reading.celsius < FEVER:
        return visit
    return msgspec.structs.replace(visit, verdict="refuse", reason="fever")


def _celsius(random: Random) -> float:
    if random.random() < _FEVERS:
        return round(random.uniform(FEVER, 39.0), 1)
    return round(min(max(random.gauss(_USUAL, _SPREAD), 35.6), 37.2), 1)
