"""The form of daily reports that every unit can use; a unit may make its own (see venues)."""

from typing import Final

from lianfang.venues.model import Choice, Field, ShowWhen

NAME: Final = "每日健康报告"
NAME_EN: Final = "Daily health report"

_NO_YES: Final = [Choice("no", "无", "No"), Choice("yes", "有", "Yes")]


def _details(key: str, of: str, label: str, label_en: str) -> Field:
    return Field(
        key=key,
        type="text",
        label=label,
        label_en=label_en,
        max_length=200,
        show_when=ShowWhen(of, ["yes"]),
    )


FIELDS: Final = [
    Field(
        key="temperature",
        type="number",
        label="今日体温（℃）",
        label_en="Temperature today (°C)",
        help="请填实测体温，如 36.5",
        help_en="As measured, for example 36.5",
        min=34,
        max=43,
    ),
    Field(
        key="symptoms",
        type="choice",
        label="有无发热、咳嗽、乏力、咽痛等症状",
        label_en="Fever, cough, fatigue, sore throat or other symptoms",
        remember=True,
        choices=_NO_YES,
    ),
    _details("symptoms_what", "symptoms", "请说明症状", "Which symptoms"),
    Field(
        key="contact",
        type="choice",
        label="14 天内有无接触确诊者或隔离人员",
        label_en="Contact with a confirmed or quarantined person within 14 days",
        remember=True,
        choices=_NO_YES,
    ),
    _details("contact_what", "contact", "何时何地接触", "When and where"),
    Field(
        key="travel",
        type="choice",
        label="14 天内有无离开本县",
        label_en="Away from this county within 14 days",
        remember=True,
        choices=_NO_YES,
    ),
    _details("travel_where", "travel", "去了哪里，何时回来", "Where, and back since when"),
]
