"""Which units and checkpoints of the tree an area means: clear, or a list for a person to choose from. Pure."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from difflib import SequenceMatcher
from typing import Final, Literal

import msgspec

from lianfang.areas.parse import Area, plain

State = Literal["matched", "review", "outside", "dismissed"]
Doubt = Literal["", "county", "town", "village", "narrower", "several", "exception"]
CANDIDATES_MAX: Final = 8
_SIMILAR: Final = 0.6
_ENDS: Final = re.compile(
    r"(?:街道办事处|街道办|地区办事处|街道|办事处|(?<!^.)镇|(?<!^.)乡|苏木"
    r"|(?:社区)?(?:居民委员会|居委会|居民区)|社区|村?村民委员会|村?村委会|行政村|自然村|(?<!新)村|住宅小区|小区)$"
)
_COMMUNITY: Final = re.compile(r"社区|居民?委?员?会|居民区")


class AreaPlace(msgspec.Struct, frozen=True):
    """A unit with its interval, or a checkpoint (`hi` equals `lo`: the place of its unit)."""

    kind: Literal["unit", "checkpoint"]
    id: int
    name: str
    lo: int
    hi: int
    code: str = ""
    level: str = ""
    closed: bool = False


class Match(msgspec.Struct, frozen=True):
    """`places` without `excepted` is the area; with `doubt` they are empty, and `candidates` are for a person to choose from."""

    state: State
    places: list[AreaPlace] = []
    excepted: list[AreaPlace] = []
    doubt: Doubt = ""
    candidates: list[AreaPlace] = []


def stem(name: str) -> str:
    """A name without what it is: 访驾庄村委会 and 访驾庄村 are one."""
    name = plain(name)
    short = _ENDS.sub("", name)
    return short if len(short) > 1 else name


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of an area since it was last confirmed. `below`: how many of those who said it have accounts of units below
    the account that asks."""

    id: int
    name: str
    stated_by: list[str]
    stated_ord: int | None
    stated_at: datetime
    confirmed: bool
    below: int


def may_confirm(said: Statement, account: str, lo: int, *, top: bool) -> bool:
    """Whether an account of the unit at `lo` is a second official: of a unit above all who said something, or, as nobody is
    above the topmost unit (`top`), another account of that."""
    if said.confirmed or account in said.stated_by:
        return False
    officials = sum(actor.startswith("staff:") for actor in said.stated_by)
    return top or ((said.stated_ord is None or said.stated_ord > lo) and said.below == officials)


def may_confirm_residents(list_ord: int, lo: int, *, top: bool) -> bool:
    """Whether an account of the unit at `lo` is a second official for whoever was put on lists, the highest of which belongs to the
    unit at `list_ord`. Whom an account has put there itself never counts by its own word: the database leaves them out."""
    return top or list_ord > lo


class Gazetteer:
    """The places of a part of the tree, by name."""

    def __init__(self, places: Iterable[AreaPlace]) -> None:
        self._places: Final = sorted(places, key=lambda place: (place.lo, place.kind == "checkpoint"))
        self._by_code: Final = {place.code: place for place in self._places if place.code}
        self._by_stem: dict[str, list[AreaPlace]] = {}
        for place in self._places:
            if not place.closed:
                self._by_stem.setdefault(stem(place.name), []).append(place)

    def division(self, code: str) -> AreaPlace | None:
        """The unit of a division of 2, 4 or 6 digits."""
        return self._by_code.get(code.ljust(12, "0")) if code else None

    def named(self, name: str, within: AreaPlace, *, levels: frozenset[str] | None = None) -> list[AreaPlace]:
        """Those called so inside a unit, not that itself. A checkpoint of a unit that is found too is a part of that."""
        found = [
            place
            for place in self._by_stem.get(stem(name), ())
            if within.lo <= place.lo <= within.hi and place != within and (levels is None or place.level in levels)
        ]
        whole = [place for place in found if plain(place.name) == plain(name)]
        found = whole or found
        return [p for p in found if not any(u is not p and u.kind == "unit" and u.lo <= p.lo <= u.hi for u in found)]

    def similar(self, text: str, within: AreaPlace) -> Iterator[AreaPlace]:
        """The likeliest first."""
        wanted = stem(text)
        scored = []
        for place in self._places:
            if place.closed or not within.lo <= place.lo <= within.hi or place == within:
                continue
            name = stem(place.name)
            contained = len(name) > 1 and (name in wanted or wanted in name)
            score = 1.0 if contained else SequenceMatcher(None, name, wanted).ratio() if name[0] in wanted else 0.0
            if score >= _SIMILAR:
                scored.append((-score, -len(name), place.lo, place))
        for *_, place in sorted(scored, key=lambda entry: entry[:3]):
            yield place


_TOWNS: Final = frozenset({"town"})
_VILLAGES: Final = frozenset({"village", "unit", ""})


def match(area: Area, places: Gazetteer) -> Match:
    """What the area means. It is clear where every part of its text names exactly one place."""
    base = places.division(area.code)
    if base is None:
        # a development zone, or a county without a unit here: its towns may stand elsewhere in the city
        city = places.division(area.code[:4])
        nearby = list(_all_named(area, places, city)) if city else []
        return Match("review", doubt="county", candidates=nearby[:CANDIDATES_MAX]) if nearby else Match("outside")
    if len(area.code) < 6 and (area.zone or area.town or area.village or area.rest):
        nearby = list(_all_named(area, places, base))
        return Match("review", doubt="county", candidates=nearby[:CANDIDATES_MAX]) if nearby else Match("outside")
    if area.zone:
        return _unclear("county", area, places, base)
    found = base
    if area.town:
        towns = places.named(area.town, found, levels=_TOWNS)
        if len(towns) != 1:
            return _unclear("several" if towns else "town", area, places, found)
        found = towns[0]
    if area.village:
        villages = places.named(area.village, found, levels=_VILLAGES)
        if len(villages) != 1:
            return _unclear("several" if villages else "village", area, places, found)
        found = villages[0]
    if area.rest:
        narrow = places.named(area.rest, found)
        if not _COMMUNITY.search(area.rest):  # 明珠社区 has more in it than 明珠小区
            narrow = [place for place in narrow if place.kind == "checkpoint" or not _COMMUNITY.search(place.name)]
        if len(narrow) != 1:
            return _unclear("several" if narrow else "narrower", area, places, found)
        found = narrow[0]
    excepted = []
    for name in area.excepted:
        parts = places.named(name, found)
        if len(parts) != 1:
            return _unclear("exception", area, places, found)
        excepted.append(parts[0])
    return Match("matched", [found], excepted)


def _unclear(doubt: Doubt, area: Area, places: Gazetteer, within: AreaPlace) -> Match:
    candidates = [place for place in _all_named(area, places, within) if place != within]
    whole = [] if within.level in ("province", "city") else [within]
    return Match("review", doubt=doubt, candidates=[*candidates[: CANDIDATES_MAX - 1], *whole])


def _all_named(area: Area, places: Gazetteer, within: AreaPlace) -> Iterator[AreaPlace]:
    """Places that some part of the text names, the narrowest part first."""
    seen: set[tuple[str, int]] = set()
    for text in (area.rest, area.village, area.town, *area.excepted):
        if len(text) > 1:
            for place in (*places.named(text, within), *places.similar(text, within)):
                if (place.kind, place.id) not in seen:
                    seen.add((place.kind, place.id))
                    yield place
                if len(seen) > CANDIDATES_MAX:
                    return
