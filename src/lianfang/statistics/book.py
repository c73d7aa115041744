"""The figures as a workbook: one sheet for each question, with the numbers of the page."""

from pathlib import Path

import msgspec

from lianfang.config import Settings
from lianfang.kit.errors import Language, Text
from lianfang.kit.sheets.cells import Cell
from lianfang.kit.sheets.figures import Sheet, write_book
from lianfang.statistics.model import Figures, Statistics
from lianfang.venues.model import CATEGORIES

MEASURES: dict[str, Text] = {
    "scans": Text("登记次数", "Check-ins"),
    "people": Text("登记人数", "People"),
    "refused": Text("拒绝", "Refused"),
    "observed": Text("留观", "Observed"),
    "fevers": Text("发热", "Fevers"),
}
WORDS: dict[str, Text] = {
    "about": Text("说明", "About"),
    "item": Text("项目", "Item"),
    "value": Text("内容", "Value"),
    "unit": Text("单位", "Unit"),
    "units": Text("按下级单位", "By unit"),
    "level": Text("层级", "Level"),
    "days": Text("按日", "By day"),
    "day": Text("日期", "Day"),
    "hours": Text("按时段", "By hour"),
    "hour": Text("时段", "Hour"),
    "categories": Text("按类别", "By category"),
    "category": Text("类别", "Category"),
    "period": Text("时间段", "Period"),
    "as_of": Text("数字截至", "Figures as of"),
    "total": Text("合计", "Total"),
    "own": Text("本级登记点", "Own checkpoints"),
    "people_note": Text(
        "登记人数为去重人数，各行相加会大于合计。",
        "People are counted once in each row, so rows add up to more than the total.",
    ),
    "note": Text("备注", "Note"),
}
LEVELS: dict[str, Text] = {
    "province": Text("省", "Province"),
    "city": Text("市", "City"),
    "county": Text("县（区）", "County"),
    "town": Text("乡镇（街道）", "Town"),
    "village": Text("村（社区）", "Village"),
    "unit": Text("单位", "Unit"),
}


def sheets(found: Statistics, settings: Settings, language: Language) -> list[Sheet]:
    """The workbook's sheets."""

    def say(name: str) -> str:
        return WORDS[name].show(language)

    measures = [text.show(language) for text in MEASURES.values()]
    about: list[list[Cell]] = [
        [say("unit"), found.unit.name],
        [say("period"), f"{found.first} – {found.last}"],
        [say("as_of"), f"{found.as_of.astimezone(settings.zone):%Y-%m-%d %H:%M} ({settings.zone.key})"],
        *([text.show(language), getattr(found.total, name)] for name, text in MEASURES.items()),
        [say("note"), say("people_note")],
    ]
    units: list[list[Cell]] = [[row.name, LEVELS[row.level].show(language), *_of(row)] for row in found.units]
    units.append([say("own"), "", *_of(found.own)])
    units.append([say("total"), "", *_of(found.total)])
    return [
        Sheet(say("about"), [say("item"), say("value")], about),
        Sheet(say("units"), [say("unit"), say("level"), *measures], units),
        Sheet(say("days"), [say("day"), *measures], [[str(row.day), *_of(row)] for row in found.days]),
        Sheet(say("hours"), [say("hour"), *measures], [[f"{row.hour:02d}:00", *_of(row)] for row in found.hours]),
        Sheet(
            say("categories"),
            [say("category"), *measures],
            [[CATEGORIES[row.category].show(language), *_of(row)] for row in found.categories],
        ),
    ]


def write(path: Path, found: Statistics, settings: Settings, language: Language) -> None:
    write_book(path, sheets(found, settings, language))


def _of(row: Figures) -> list[Cell]:
    values = msgspec.structs.asdict(row)
    return [values[name] for name in MEASURES]
