"""A trajectory as health commissions publish it: days, times and public places, nothing of the person. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from lianfang.interviews.model import TrajectoryNotice, TrajectoryStay
from lianfang.venues.model import CATEGORIES

_DIGIT: Final = "0-9０-９一二三四五六七八九十百零〇A-Za-z甲乙丙丁"
_HOUSE: Final = re.compile(
    rf"[{_DIGIT}#＃-]+\s*(?:号楼|号院|号|楼|栋|幢|座|单元|室|户|层|排|巷|弄)"
    r"|\b(?:room|flat|unit|apt|apartment|building|house|block|floor|no)\b\.?\s*#?\d+[A-Za-z]?"
    r"|#\s*\d+[\d-]*",
    re.I,
)
_NUMBER: Final = re.compile(r"[0-9０-９][0-9０-９\s-]{5,}[0-9０-９Xx]")
_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_TOGETHER: Final = timedelta(minutes=30)


class Line(NamedTuple):
    """Somewhere from when to when; `aboard`: in a vehicle; `about`: as far as somebody remembers."""

    begins: datetime
    ends: datetime
    zh: str
    en: str
    aboard: bool
    about: bool


def notice(stays: Sequence[TrajectoryStay], zone: ZoneInfo, private: Iterable[str]) -> TrajectoryNotice:
    """`private`: whatever is known of the person (name, document, phone); a place that contains any of it is named by its kind."""
    secrets = [_folded(one) for one in private if len(one.strip()) > 1]
    counted = [s for s in sorted(stays, key=lambda s: s.begins) if s.state not in ("struck", "withdrawn")]
    lines: list[Line] = []
    for stay in counted:
        if stay.category is None:
            continue
        line = _line(stay, zone, secrets)
        last = lines[-1] if lines else None
        if last and last.zh == line.zh and line.begins <= last.ends + _TOGETHER:
            lines[-1] = last._replace(ends=max(last.ends, line.ends), about=last.about or line.about)
        else:
            lines.append(line)
    left_out = sum(stay.category is None for stay in counted)
    return TrajectoryNotice(_chinese(lines), _english(lines), left_out) if lines else TrajectoryNotice("", "", left_out)


def _line(stay: TrajectoryStay, zone: ZoneInfo, secrets: Sequence[str]) -> Line:
    assert stay.category is not None
    kind, name = CATEGORIES[stay.category], public_name(stay.place, secrets)
    zh, en = (name, name) if name else (f"某{kind.zh}", f"a place ({kind.en.lower()})")
    begins, ends = stay.begins.astimezone(zone), stay.ends.astimezone(zone)
    return Line(begins, ends, zh, en, stay.category == "vehicle", stay.give_minutes > 0)


def public_name(place: str, secrets: Sequence[str]) -> str:
    """A place without house numbers; nothing where it names the person, or little is left of it."""
    if _NUMBER.search(place) or any(secret in _folded(place) for secret in secrets):
        return ""
    name = re.sub(r"[\s（(]+[)）]|^[\s,，、·-]+|[\s,，、·（(-]+$", "", _HOUSE.sub("", place)).strip()
    return name if len(name) > 1 else ""


def _folded(text: str) -> str:
    return re.sub(r"[\s+·-]", "", text).casefold()


def _chinese(lines: Sequence[Line]) -> str:
    title = f"新冠病毒感染者活动轨迹（{_span_zh(lines)}）"
    body = []
    for day, group in groupby(lines, key=lambda line: line.begins.date()):
        told = "；".join(
            f"{'约' if line.about else ''}{line.begins:%H:%M}—{_later(line, '次日')}{line.ends:%H:%M}，{'乘坐' if line.aboard else ''}{line.zh}"
            for line in group
        )
        body.append(f"{day.month}月{day.day}日：{told}。")
    ask = "请与上述轨迹有时间和地点交集的人员，尽快向所在社区（村）、单位报告，配合落实防控措施。"
    return "\n".join([title, *body, ask])


def _english(lines: Sequence[Line]) -> str:
    title = f"Where a person with COVID-19 was ({_span_en(lines)})"
    body = []
    for day, group in groupby(lines, key=lambda line: line.begins.date()):
        told = "; ".join(
            f"{'about ' if line.about else ''}{line.begins:%H:%M}–{line.ends:%H:%M}{_later(line, ' the next day')}, "
            f"{'aboard ' if line.aboard else ''}{line.en}"
            for line in group
        )
        body.append(f"{_day_en(day)}: {told}.")
    ask = "If you were at one of these places at that time, please report to your community, village or employer soon."
    return "\n".join([title, *body, ask])


def _later(line: Line, word: str) -> str:
    return word if line.ends.date() > line.begins.date() else ""


def _span_zh(lines: Sequence[Line]) -> str:
    first, last = lines[0].begins.date(), max(line.ends for line in lines).date()
    begun = f"{first.year}年{first.month}月{first.day}日"
    return begun if first == last else f"{begun}—{last.month}月{last.day}日"


def _span_en(lines: Sequence[Line]) -> str:
    first, last = lines[0].begins.date(), max(line.ends for line in lines).date()
    return f"{_day_en(first)} {first.year}" if first == last else f"{_day_en(first)} – {_day_en(last)} {last.year}"


def _day_en(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"
