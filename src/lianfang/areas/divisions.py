"""The country's divisions down to counties (GB/T 2260, the statistical codes of 2023), to read bulletins with: those name
places all over the country, of which the tree holds a part."""

import re
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

_PEOPLES: Final = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|"
    "仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|普米|塔吉克|怒|鄂温克|保安|裕固|独龙|鄂伦春|各"
)
_SUFFIX: Final = re.compile(rf"(?:(?:{_PEOPLES})族?)*自治[区州县旗]$|特别行政区$|地区$|[省市盟州县区旗]$")
_ZONES: Final = {
    "高新技术产业开发区": ("高新区", "高新园区", "高新技术开发区"),
    "经济技术开发区": ("经开区", "经济开发区", "开发区"),
}
_BETWEEN: Final = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
_A_TOWN_FOLLOWS: Final = re.compile(r"[镇乡街道村社路屯苑花小]")


class Division(msgspec.Struct, frozen=True):
    """`code`: 2, 4 or 6 digits."""

    code: str
    name: str


class Divisions:
    """Finds the divisions that a text begins with, as bulletins shorten them."""

    def __init__(self, rows: list[Division]) -> None:
        self.by_code: Final = {row.code: row for row in rows}
        self._called: dict[str, list[tuple[Division, bool]]] = {}
        for row in rows:
            if row.name not in _BETWEEN:
                for name, whole in self._names(row).items():
                    self._called.setdefault(name, []).append((row, whole))
        self._longest: Final = max(map(len, self._called))

    def _names(self, row: Division) -> dict[str, bool]:
        """What it is called, and whether that is its whole name."""
        names = {row.name: True}
        short = "内蒙古" if row.code == "15" else _SUFFIX.sub("", row.name)
        if len(short) >= (3 if len(row.code) == 6 else 2):
            names[short] = False
            if row.name.endswith("自治州"):
                names[short + "州"] = True
        above = self.by_code.get(row.code[:4]) if len(row.code) == 6 else None
        city = _SUFFIX.sub("", above.name) if above else ""
        for end, shorts in _ZONES.items():
            if city and row.name.endswith(end):
                place = row.name.removesuffix(end)
                for name in shorts:
                    names[place + name] = True
                    if place == city:
                        names[name] = True
        if city and row.name.startswith(city) and row.name.endswith("新区"):
            names[row.name.removeprefix(city)] = True
        return names

    def begin(self, text: str, within: str = "") -> tuple[str, int]:
        """The deepest division that the text begins with, inside `within` (a code, or "" for the country): its code and how
        many characters name it. (within, 0): none, or more than one of that name."""
        code, used = within, 0
        sure = (within, 0)
        while len(code) < 6:
            found = self._one(text[used:], code)
            if found is None:
                break
            division, length = found
            code, used = division.code, used + length
            if division.name == text[used - length : used] or len(code) == 6 or used == len(text):
                sure = (code, used)
        code, used = sure  # 宁波 alone may begin the name of a company: without its 市 a division has to follow
        while len(code) == 6:  # 成华区成华区…; 满洲里市扎赉诺尔区, which lies in it and has a code beside its
            beside = self._one(text[used:], code[:4])
            if beside is None or len(beside[0].code) != 6 or beside[0].name != text[used : used + beside[1]]:
                break
            code, used = beside[0].code, used + beside[1]
        return code, used

    def _one(self, text: str, within: str) -> tuple[Division, int] | None:
        for length in range(min(self._longest, len(text)), 1, -1):
            inside = [
                division
                for division, whole in self._called.get(text[:length], ())
                if division.code.startswith(within)
                and division.code != within
                # 瓦房店镇 lies in 瓦房店市, and is not it
                and (whole or not _A_TOWN_FOLLOWS.match(text, length))
            ]
            if len(inside) > 1:  # a city before the county of its name
                inside = [division for division in inside if len(division.code) < 6] or inside
            if len(inside) == 1:
                return inside[0], length
        return None

    def path(self, code: str) -> str:
        """The division with those above it: 黑龙江省黑河市爱辉区."""
        above = (self.by_code.get(code[:digits]) for digits in (2, 4, 6) if digits <= len(code))
        return "".join(division.name for division in above if division and division.name not in _BETWEEN)


@cache
def divisions() -> Divisions:
    text = files(__package__).joinpath("divisions.csv").read_text("utf-8")
    return Divisions([Division(*line.split(",")) for line in text.splitlines()[1:]])
