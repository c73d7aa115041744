"""What tracing speaks of. Times are whole seconds since 1970 (UTC), so that Python, machine code and SQL count alike."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

DAY_S = 86_400
"""No stay lasts longer: who neither checked out nor was seen elsewhere for a day has gone."""
UNKNOWN = 0
"""The zone of somebody whose seat nobody wrote down: they may have sat anywhere."""
ANYWHERE, WHOLE_ZONE, NOWHERE = -1, 100, -2
"""Reach instead of a number of rows: all of the place; everybody in the same carriage; nobody (the place is left out)."""


class Visit(NamedTuple):
    """Somebody at a door. `left_at`: they checked out. Who was refused did not stay, but had left where they were before."""

    person: int
    venue: int
    at: int
    zone: int = UNKNOWN
    left_at: int | None = None
    refused: bool = False


class Stay(NamedTuple):
    """[begins, ends) of somebody in a place. `give`: it may all have been so many seconds earlier or later."""

    person: int
    venue: int
    begins: int
    ends: int
    zone: int = UNKNOWN
    give: int = 0


class Source(NamedTuple):
    """Somebody whose contacts are wanted, while they could infect: [since, until). `told`: stays that they remember and no
    door recorded."""

    person: int
    since: int
    until: int
    told: tuple[Stay, ...] = ()
    struck: frozenset[tuple[int, int]] = frozenset()
    """(place, when) of recorded stays that were not theirs, as somebody found out by asking"""


class Exposure(NamedTuple):
    """Evidence: `person` was with `source` in a place. `begins`, `ends`: the overlap (of a remembered stay: as it would be with
    the smallest shift that makes a contact). `crowd`: how many stays overlapped with that stay of the source."""

    source: int
    person: int
    venue: int
    begins: int
    ends: int
    chance: float
    crowd: int


class Contact(NamedTuple):
    """What all exposures of somebody come to. `seconds`: together with each source, added up."""

    person: int
    since: int
    last: int
    seconds: int
    exposures: int
    score: float


class Second(NamedTuple):
    """A contact of a contact: first met when, and through whom."""

    person: int
    since: int
    via: int


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """A plan's figures as seconds, and what this trace leaves out."""

    least: int
    """overlap that makes a contact"""
    tail: int
    """for how long the air counts after a source has left, at most as long as they were there"""
    now: int
    """nobody's stay is looked at beyond"""
    dwell: Mapping[int, int]
    """venue → how long people usually stay"""
    reach: Mapping[int, int] = {}
    """venue → rows; of others: the same zone"""
    score_seconds: int
    crowding: float
    without: frozenset[int] = frozenset()
    """people who are nobody's contacts"""
    isolated: Mapping[int, int] = {}
    """contact → when they were isolated: whom they met later does not count"""
