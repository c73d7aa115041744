"""What a bulletin says, as areas: the free text of each row taken apart. Pure.

Authors write `、`, `，` and `；` for every kind of list, name a county or a town once for many areas, put exceptions into brackets,
and describe zones by the roads around them. What is not understood is kept as text; what does not add up is told.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from lianfang.areas.divisions import Divisions, divisions

IssueCode = Literal["count", "brackets", "region_head", "foreign_region", "region_unknown", "empty", "repeated"]


class Issue(msgspec.Struct, frozen=True):
    """Something odd about a bulletin, with what it is about."""

    code: IssueCode
    detail: str = ""


class Area(msgspec.Struct, frozen=True):
    """One area. `code`: its deepest division of the country (2, 4 or 6 digits, "" unknown); `zone`: a development zone or the
    like that is no division; `town`, `village`: as written; `rest`: what is narrower than those. `excepted`: parts that do
    not belong to it; `other_levels`: except what has another level. `text`: as written, without what came before it."""

    text: str
    code: str
    zone: str = ""
    town: str = ""
    village: str = ""
    rest: str = ""
    excepted: tuple[str, ...] = ()
    other_levels: bool = False

    @property
    def key(self) -> str:
        """The same for every spelling that we know of one area."""
        excepted = "!".join(sorted(self.excepted)) + ("!*" if self.other_levels else "")
        return "/".join((self.code, self.zone, self.town, self.village, plain(self.rest), excepted))

    def name(self, known: Divisions) -> str:
        """In full, as people read it."""
        words = known.path(self.code) + self.zone + self.town + self.village + self.rest
        if self.excepted or self.other_levels:
            parts = "、".join((*self.excepted, *(["其他等级区域"] if self.other_levels else [])))
            return f"{words}（除{parts}外）"
        return words


class Parsed(msgspec.Struct, frozen=True):
    """`areas` in the order of the text. A text that names another region begins a further bulletin: see `parse`."""

    region: str
    code: str
    declared: int | None
    areas: list[Area]
    issues: list[Issue]


_MERGED_REGION: Final = re.compile(r"[。,;]?(\w{2,20})\((\d{1,3})\):")
_BOUNDS: Final = re.compile(r"以[东西南北]|[东西南北]至|为中心|为界")
_ENCLOSED: Final = re.compile(r"所?(?:包围|围成|半?[合围]围)的?(?:封闭)?(?:区域|片区|范围)|(?:区域|范围)内$")
_ENCLOSING_ROAD: Final = re.compile(r"(?:[路街道巷弄河渠]|大道)" + _ENCLOSED.pattern)
_BUILDING: Final = re.compile(
    r"(?:[A-Z]?\d+(?:-\d+)?|[A-Z]|[一二三四五六七八九十]{1,3})(?:期|号楼|栋|幢|号|座|单元|区|楼)(?:.{0,6}(?:楼|单元|栋|座|门市))?"
)
_NUMBERED: Final = re.compile(r"(\w{2,}[路街道巷])\d+号")
_ROAD: Final = re.compile(r"(?:[路街道巷弄河渠]|大道|号)$")
_EXCEPT: Final = re.compile(r"\((?:除(?P<a>.+?)(?:以外|之外|外)(?:的.*)?|(?P<b>.+?)除外|不含(?P<c>.+?))\)")
_OTHER_LEVEL: Final = re.compile(r"[高中低]风险(?:地区|区域|区)?|封控区|管控区")
_TOWN: Final = re.compile(
    r"[^(]{1,8}?(?:街道办事处|街道办|地区办事处|街道|办事处|(?<!小)镇(?!镇|街道)|乡(?!街道)|苏木)(?![路道])"
    r"|[^(路道巷号、\d]{1,4}(?<![大一二三四五六七八九十南北东西])街(?=$|[^\d一二三四五六七八九十东西南北道至路])"
)
_VILLAGE: Final = re.compile(
    r"[^(]{1,12}?(?:社区居委会|居委会|居民区|社区(?!村|医院|卫生)|村委会|村民委员会|行政村|自然村"
    r"|新村$|(?<!新)村(?![村委小民])(?!社区|自然村))"
)
_ZONE: Final = re.compile(
    r"(?:西咸新区(?:\w{2,3}新城)?|[沣秦空泾][\u4e00-\u9fff]{1,2}新城|[\u4e00-\u9fff]{2,4}?新区"
    r"|[\u4e00-\u9fff]{0,8}?(?:经济技术开发区|高新技术产业开发区|高新园区|高新区|经开区|开发区|示范区|港务区|生态区|航天基地))(?!小区)"
)
_NARROW: Final = str.maketrans(
    {"，": ",", "；": ";", "：": ":", "（": "(", "）": ")", "【": "(", "】": ")", "[": "(", "]": ")"}
)


def plain(text: str) -> str:
    """Full-width forms made narrow, one kind of bracket and dash, no spaces."""
    text = unicodedata.normalize("NFKC", text).translate(_NARROW)
    return re.sub(r"[‐‑‒–—―－~～]+", "-", re.sub(r"\s+", "", text))


def parse(region: str, text: str, declared: int | None = None, known: Divisions | None = None) -> list[Parsed]:
    """The bulletin's areas; more than one result where its text goes on with other regions."""
    known = known or divisions()
    issues: list[Issue] = []
    text, odd = _balanced(plain(text).strip("。.,;、"))
    if odd:
        issues.append(Issue("brackets"))
    region = plain(region)
    code, used, skipped = _region(region, known)
    if skipped:
        issues.append(Issue("region_head", region[:skipped]))
    elif not used:
        issues.append(Issue("region_unknown", region))
    pieces = _MERGED_REGION.split(text)
    results = [_one(region[skipped:], code, declared, pieces[0], issues, known)]
    for name, count, rest in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        results.append(_one(name, known.begin(name)[0], int(count), rest, [Issue("foreign_region", name)], known))
    if len(results) > 1 and not pieces[0]:  # the whole text belongs to another region than its row
        return results[1:]
    return results


def _region(region: str, known: Divisions) -> tuple[str, int, int]:
    """The division of a region, how much of the text names it, and what stands before it by mistake."""
    code, used = known.begin(region)
    if used:
        return code, used, 0
    for at in range(1, len(region) - 2):
        code, used = known.begin(region[at:])
        if len(code) >= 4 and at + used == len(region):
            return code, used, at
    return "", 0, 0


def _balanced(text: str) -> tuple[str, bool]:
    """Without brackets that have no other half."""
    out, open_at, odd = list(text), [], False
    for at, char in enumerate(text):
        if char == "(":
            open_at.append(at)
        elif char == ")":
            if open_at:
                open_at.pop()
            else:
                out[at], odd = "", True
    for at in open_at:
        out[at], odd = "", True
    return "".join(out), odd


def _one(region: str, code: str, declared: int | None, text: str, issues: list[Issue], known: Divisions) -> Parsed:
    areas: list[Area] = []
    seen: set[str] = set()
    before = Area("", code)
    for piece in _pieces(text):
        for part in _unglued(piece, before, known):
            before = _area(part, code, before, known)
            if before.key in seen:
                issues.append(Issue("repeated", before.text))
            else:
                seen.add(before.key)
                areas.append(before)
    if not areas and declared != 0:
        issues.append(Issue("empty"))
    elif declared is not None and declared != len(areas):
        issues.append(Issue("count", str(len(areas))))
    return Parsed(region, code, declared, areas, issues)


def _pieces(text: str) -> Iterator[str]:
    """The text at its separators outside brackets; numbers of one building and the sides of one zone stay together."""
    parts: list[tuple[str, str]] = []  # separator before, text
    depth, start, separator = 0, 0, ""
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char in ",;、。" and depth == 0:
            parts.append((separator, text[start:at]))
            start, separator = at + 1, char
    parts.append((separator, text[start:]))
    parts = [(between, part) for between, part in parts if part]
    at = 0
    while at < len(parts):
        piece = parts[at][1]
        while at + 1 < len(parts) and _together(piece, parts, at):
            at += 1
            piece += parts[at][0] + parts[at][1]
        at += 1
        yield piece


def _together(piece: str, parts: list[tuple[str, str]], at: int) -> bool:
    after, separator = parts[at + 1][1], parts[at + 1][0]
    if separator == ";":
        return False
    if _BOUNDS.search(piece) and _BOUNDS.search(after) and not (_ENCLOSED.search(piece) or "片区" in piece):
        return True
    if piece[-1].isdigit() and after[0].isdigit():  # 16、17号楼
        return True
    if separator == "、" and _BUILDING.fullmatch(after):  # 小区3号楼、5号楼: they are counted as one
        return True
    if separator == "、" and (street := _NUMBERED.fullmatch(after)) and street[1] in piece:
        return True
    if separator == "、" and _ROAD.search(piece):  # 发展路、灵新大道、珠江二路所包围区域
        for between, part in parts[at + 1 :]:
            if between != "、":
                return False
            if _ENCLOSING_ROAD.search(part):
                return True
            if not _ROAD.search(part):
                return False
    return False


def _unglued(piece: str, before: Area, known: Divisions) -> Iterator[str]:
    """城关区云祥小区城关区雁北路…: a county's name again after an area begins the next one."""
    start, used = 0, known.begin(piece, before.code[:2])[1]
    county = piece[max(0, used - 3) : used]
    if used >= 3 and (again := piece.find(county, used + 2)) > 0 and piece[again - 1] in "区苑园村楼栋院城":
        yield piece[:again]
        start = again
    yield piece[start:]


def _area(text: str, region: str, before: Area, known: Divisions) -> Area:
    """One piece; what it does not say again it has from the region and from the piece before it."""
    rest, excepted, other = _exceptions(text)
    code, zone, town, named = before.code or region, before.zone, before.town, False
    # from the county's own level up: 新乐市 after 新华区
    for within in dict.fromkeys(
        (region[:4], region[:2], "") if len(region) < 6 else (region, region[:4], region[:2], "")
    ):
        found, used = known.begin(rest, within)
        if used and (len(found) > 2 or used == len(rest)):  # 河北省胸科医院 names no area
            code, zone, town, rest, named = found, "", "", rest[used:], True
            break
    if match := _ZONE.match(rest):
        code = code if named else region
        zone, town, rest = match[0], "", rest[match.end() :]
    village = ""
    if match := _TOWN.match(rest):
        town, rest = match[0], rest[match.end() :]
    if (match := _VILLAGE.match(rest)) and not rest[match.end() :].startswith(("小区", "苑")):
        village, rest = match[0], rest[match.end() :]
    return Area(text, code, zone, town, village, rest.removeprefix("的"), excepted, other)


def _exceptions(text: str) -> tuple[str, tuple[str, ...], bool]:
    """Without its "except …" in brackets, whose parts are given apart."""
    inner = _outer_brackets(text)
    for start, end in inner:
        if match := _EXCEPT.fullmatch(text[start:end]):
            names = match["a"] or match["b"] or match["c"]
            if match["c"] or "除" in text[start:end]:
                parts = [part for part in _pieces(names) if part]
                levels = [part for part in parts if _OTHER_LEVEL.search(part)]
                return text[:start] + text[end:], tuple(p for p in parts if p not in levels), bool(levels)
    return text, (), False


def _outer_brackets(text: str) -> list[tuple[int, int]]:
    found, depth, start = [], 0, 0
    for at, char in enumerate(text):
        if char == "(":
            start = at if depth == 0 else start
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                found.append((start, at + 1))
    return found
