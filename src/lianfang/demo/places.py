"""The places of the story: the units of two counties and their doors."""

from pathlib import Path
from typing import Final

import msgspec

from lianfang.demo import names
from lianfang.demo.dice import dice
from lianfang.demo.model import Category, Checkpoint, Level, Unit
from lianfang.kit.sheets.reading import read_csv

COUNTY: Final = "130732"
NEIGHBOUR: Final = "130709"
_SEAT: Final = "130732100"
TOWER: Final = "海陀大厦写字楼大堂"
_TOWER_AT: Final = 47  # of the seat's companies: where most people happen to work
_NEIGHBOUR_SEAT: Final = "130709100"
_DIVISIONS: Final = Path(__file__).parent / "data" / "chicheng.csv"

# Town seats, WGS-84 degrees, to about a kilometre: where their doors are scattered.
_CENTRES: Final = {
    "130732100": (40.913, 115.831),
    "130732101": (40.862, 115.474),
    "130732102": (40.789, 115.584),
    "130732103": (40.727, 115.790),
    "130732104": (41.304, 115.731),
    "130732105": (41.016, 116.131),
    "130732106": (41.018, 115.985),
    "130732107": (40.706, 116.068),
    "130732108": (40.963, 116.306),
    "130732200": (40.855, 115.702),
    "130732201": (40.612, 115.771),
    "130732202": (40.982, 115.652),
    "130732203": (41.137, 115.604),
    "130732204": (41.063, 115.792),
    "130732205": (41.118, 116.254),
    "130732206": (40.941, 116.109),
    "130732207": (41.103, 116.381),
    "130732208": (40.806, 115.902),
    "130709100": (40.975, 115.281),
    "130709101": (40.842, 115.204),
    "130709200": (40.948, 115.452),
    "130709201": (41.104, 115.331),
    "130709202": (40.921, 115.082),
    "130709203": (41.021, 115.152),
    "130709204": (41.031, 115.302),
    "130709205": (41.163, 115.202),
    "130709206": (41.202, 115.102),
    "130709207": (41.134, 115.062),
    "130709400": (40.968, 115.276),
}
_TEMPERATURE_VALID: Final[dict[Category, int]] = {"school": 480, "office": 240, "shop": 600, "hospital": 60}
"""Doors that take a temperature, and for how many minutes one is valid there."""
_SPREAD_VILLAGE: Final = 0.035  # degrees, about 3.5 km
_SPREAD_TOWN: Final = 0.008

# How many institutions stand in each town, in the order of the town codes: 149 estates, 111 companies, 49 shops.
_ESTATES: Final = (90, 3, 15, 8, 5, 3, 4, 8, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1)
_COMPANIES: Final = (52, 4, 16, 7, 4, 3, 3, 6, 3, 2, 2, 1, 2, 2, 1, 1, 1, 1)
_SHOPS: Final = (22, 1, 5, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1)
_BUSES_PER_TOWN: Final = 5
_BUSES: Final = 115
_TOWNS_WITH_MIDDLE_SCHOOL: Final = frozenset({"130732102", "130732103", "130732104", "130732107"})


class _Map:
    """Units and checkpoints as they are laid out, one after the other."""

    def __init__(self, seed: int) -> None:
        self.random = dice(seed, "places")
        self.units: list[Unit] = []
        self.checkpoints: list[Checkpoint] = []
        self._names: dict[str, str] = {}

    def divisions(self) -> None:
        for _, row in read_csv(_DIVISIONS, columns=("code", "name", "level", "parent_code")):
            code = row["code"]
            self._names[code] = row["name"]
            unit = Unit(
                key=code,
                parent_key=row["parent_code"] or None,
                code=code,
                name=row["name"],
                level=msgspec.convert(row["level"], Level),
            )
            self.units.append(unit)

    def name(self, code: str) -> str:
        return self._names[code]

    def towns(self, county: str) -> list[str]:
        return [unit.key for unit in self.units if unit.level == "town" and unit.parent_key == county]

    def villages(self, county: str) -> list[Unit]:
        return [unit for unit in self.units if unit.level == "village" and unit.key.startswith(county)]

    def institution(self, town: str, name: str) -> str:
        """A unit under a town, and its key."""
        key = f"unit:{len(self.units)}"
        self.units.append(Unit(key=key, parent_key=town, code=None, name=name, level="unit"))
        return key

    def door(
        self, unit_key: str, town: str, name: str, category: Category, template_key: str, *, review: bool = False
    ) -> None:
        lat, lon = _CENTRES[town]
        spread = _SPREAD_VILLAGE if category in ("village", "motorway") else _SPREAD_TOWN
        county = town[:6]
        self.checkpoints.append(
            Checkpoint(
                unit_key=unit_key,
                name=name,
                category=category,
                address=f"{self.name('1307')}{self.name(county)}{self.name(town)}",
                lat=round(lat + self.random.gauss(0, spread / 2), 6),
                lon=round(lon + self.random.gauss(0, spread / 2), 6),
                template_key=template_key,
                county=county,
                town=town,
                temperature_valid_min=_TEMPERATURE_VALID.get(category),
                review=review,
                checkout=review,
                test_hours=48 if category == "hospital" else None,
                risk_days=7 if category == "hospital" else None,
            )
        )

    def place(
        self, town: str, name: str, door: str, category: Category, template_key: str, *, review: bool = False
    ) -> None:
        """An institution with one door."""
        self.door(self.institution(town, name), town, door, category, template_key, review=review)


def lay_out(seed: int) -> tuple[tuple[Unit, ...], tuple[Checkpoint, ...]]:
    """Province, city, two counties, their towns and villages, the institutions, and all their doors."""
    land = _Map(seed)
    land.divisions()
    towns = land.towns(COUNTY)
    for village in land.villages(COUNTY):
        _village_door(land, village)
    _estates(land, towns)
    _offices(land, towns)
    _companies(land, towns)
    _shops(land, towns)
    _schools(land, towns)
    _buses(land, towns)
    _motorway(land)
    _neighbour(land)
    return tuple(land.units), tuple(land.checkpoints)


def _village_door(land: _Map, village: Unit) -> None:
    base = village.name.removesuffix("村民委员会").removesuffix("居民委员会").removesuffix("居委会").removesuffix("村")
    kind = "社区" if "居" in village.name else "村"
    land.door(
        village.key,
        village.key[:9],
        f"{base.removesuffix('社区')}{kind}村口".replace("社区村口", "社区卡口"),
        "village",
        "village_entry",
    )


def _estates(land: _Map, towns: list[str]) -> None:
    titles = [word + kind for kind in names.ESTATE_KINDS for word in names.ESTATE_WORDS]
    # The first is the door of the demo; the others come as they come.
    rest = land.random.sample(titles[1:], len(titles) - 1)
    chosen = iter([titles[0], *rest])
    for town, count in zip(towns, _ESTATES, strict=True):
        for _ in range(count):
            title = next(chosen)
            gate = "南门" if title == titles[0] else land.random.choice(names.GATES)
            land.place(town, title, title + gate, "estate", "estate_gate")


def _offices(land: _Map, towns: list[str]) -> None:
    for bureau in names.BUREAUS:
        # at the first an attendant looks at everybody, and people say when they leave
        first = bureau == names.BUREAUS[0]
        land.place(_SEAT, f"赤城县{bureau}".replace("县县", "县"), f"{bureau}大门", "office", "office", review=first)
    for town in towns:
        title = land.name(town)
        land.place(town, f"{title}人民政府", f"{title}人民政府大门", "office", "office")
        land.place(town, f"{title}便民服务中心", f"{title}便民服务中心大厅", "office", "office")


def _companies(land: _Map, towns: list[str]) -> None:
    titles = [word + kind for word in names.COMPANY_WORDS for kind in names.COMPANY_KINDS]
    chosen = iter(land.random.sample(titles, len(titles)))
    for town, count in zip(towns, _COMPANIES, strict=True):
        for number in range(count):
            title = next(chosen)
            if town == _SEAT and number == _TOWER_AT:
                land.place(town, "赤城县海陀大厦", TOWER, "company", "company")
                continue
            land.place(town, f"赤城县{title}有限公司", f"{title}公司门岗", "company", "company")


def _shops(land: _Map, towns: list[str]) -> None:
    titles = [word + kind for kind in names.SHOP_KINDS for word in names.SHOP_WORDS]
    counts = dict(zip(towns, _SHOPS, strict=True))
    # Round after round, so that the first shop of a town, which most people use, is a supermarket.
    places = [town for place in range(max(_SHOPS)) for town in towns if place < counts[town]]
    for town, title in zip(places, titles, strict=False):
        land.place(town, title, f"{title}入口", "shop", "shop")


def _schools(land: _Map, towns: list[str]) -> None:
    for title in names.SCHOOLS:
        land.place(_SEAT, f"赤城县{title}", f"赤城县{title}", "school", "school")
    for town in towns[1:]:
        title = f"{land.name(town)}中心小学"
        land.place(town, title, title, "school", "school")
    for town in sorted(_TOWNS_WITH_MIDDLE_SCHOOL):
        title = f"{land.name(town).removesuffix('镇')}中学"
        land.place(town, title, title, "school", "school")


def _buses(land: _Map, towns: list[str]) -> None:
    company = land.institution(_SEAT, "赤城县城乡公交公司")
    lines = [(town, f"赤城—{land.name(town)[:-1]}线") for town in towns[1:] for _ in range(_BUSES_PER_TOWN)]
    lines += [(_SEAT, f"城区{1 + n % 6}路") for n in range(_BUSES - len(lines))]
    for number, (town, line) in enumerate(lines, 1):
        land.door(company, town, f"冀G·T{number:04d} {line}", "vehicle", "vehicle")


def _motorway(land: _Map) -> None:
    unit = land.institution(_SEAT, "赤城县高速公路联合检查大队")
    for town, title in (
        ("130732201", "京礼高速赤城检查站"),
        ("130732100", "张承高速赤城检查站"),
        ("130732102", "张承高速龙关检查站"),
    ):
        land.door(unit, town, title, "motorway", "motorway")


def _neighbour(land: _Map) -> None:
    """A few doors across the border, to show that neither county sees the other's."""
    for village in land.villages(NEIGHBOUR)[:200:25]:
        _village_door(land, village)
    places: tuple[tuple[str, str, Category, str], ...] = (
        ("雪都花园", "东门", "estate", "estate_gate"),
        ("太子城小区", "南门", "estate", "estate_gate"),
        ("西湾子家园", "正门", "estate", "estate_gate"),
        ("崇礼区卫生健康局", "大门", "office", "office"),
        ("西湾子镇人民政府", "大门", "office", "office"),
        ("崇礼区雪源装备有限公司", "门岗", "company", "company"),
        ("崇礼区冰河商贸有限公司", "门岗", "company", "company"),
        ("雪域超市", "入口", "shop", "shop"),
        ("山城大药房", "入口", "shop", "shop"),
        ("崇礼区第一中学", "", "school", "school"),
        ("崇礼区第一小学", "", "school", "school"),
        ("崇礼区人民医院", "门诊楼", "hospital", "hospital"),
    )
    for name, door, category, template_key in places:
        land.place(_NEIGHBOUR_SEAT, name, name + door, category, template_key)
