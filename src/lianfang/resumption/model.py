"""Plans, reports and follow-ups."""

from datetime import date, datetime, time
from typing import Annotated, Any, Literal

import msgspec

from lianfang.kit.errors import Text
from lianfang.venues.model import Template

Source = Literal["resident", "manager"]
SOURCES: dict[Source, Text] = {
    "resident": Text("本人填报", "Reported in person"),
    "manager": Text("负责人代报", "Reported by a manager"),
}
FollowUpState = Literal["open", "contacted", "closed"]
FollowUpAction = Literal["contact", "close", "reopen"]
MemberState = Literal["all", "missing", "reported", "abnormal"]
Answers = dict[str, str | int | float]

KEPT_DAYS = 28
"""Reports and what followed from them are deleted after this."""


class Duty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who must report, from when, and until what local time of each day. `job_category` "": everybody whose category has no
    line of its own."""

    job_category: Annotated[str, msgspec.Meta(max_length=40)]
    starts_on: date
    due: time
    ends_on: date | None = None


class PlanChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a roster's members report. `template_id` null: the form of daily reports that every unit can use. `remind_at` null:
    nobody is reminded; `quota`: text messages a day."""

    duties: Annotated[list[Duty], msgspec.Meta(min_length=1, max_length=60)]
    template_id: int | None = None
    remind_at: time | None = None
    quota: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 1000


class StoredPlan(msgspec.Struct, frozen=True):
    """A row of report_plans."""

    roster_id: int
    ord: int
    template_id: int
    remind_at: time | None
    quota: int


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How a roster's members report."""

    template_id: int
    template_name: str
    remind_at: time | None
    quota: int
    duties: list[Duty]


class Figures(msgspec.Struct, frozen=True):
    """Of one day: how many must report, how many of them did, how many reports are abnormal, how many were reminded."""

    expected: int
    reported: int
    abnormal: int
    reminded: int


class Group(msgspec.Struct, frozen=True):
    """A department or a job category, and its figures. The name is empty for those who have none."""

    name: str
    expected: int
    reported: int
    abnormal: int


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """One reporting roster and its day."""

    roster_id: int
    roster: str
    unit_id: int
    unit_name: str
    ord: int
    expected: int
    reported: int
    abnormal: int
    reminded: int


class CompanyList(msgspec.Struct, frozen=True):
    """The reporting rosters of an area on a day; `silent` counts those of which nobody reported, `total` is over all of them."""

    day: date
    items: list[Company]
    next: str | None
    total: Figures
    companies: int
    silent: int


class CompanyDay(msgspec.Struct, frozen=True, kw_only=True):
    """One roster's day, by department and job category. `plan` null: its members do not report yet."""

    roster_id: int
    roster: str
    unit_id: int
    unit_name: str
    day: date
    plan: Plan | None
    total: Figures
    departments: list[Group]
    job_categories: list[Group]


class Report(msgspec.Struct, frozen=True):
    """A report as lists show it. `abnormal` says that it is, not why."""

    version: int
    at: datetime
    source: Source
    late: bool
    abnormal: bool


class DayMember(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody and their day, masked. `due` null: they need not report."""

    id: int
    number: str
    name: str
    phone: str
    department: str
    job_category: str
    due: time | None
    report: Report | None
    reminded_at: datetime | None


class DaySearch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which members of a roster. `day` null: today. `state` missing, reported, abnormal: of those who must report."""

    day: date | None = None
    state: MemberState = "all"
    department: str | None = None
    job_category: str | None = None
    cursor: str | None = None
    limit: int | None = None


class DayExport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day's list as a file, masked; recorded with the purpose."""

    purpose: Annotated[str, msgspec.Meta(max_length=200)]
    day: date | None = None
    state: MemberState = "all"
    format: Literal["xlsx", "csv"] = "xlsx"


class NewReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day's report. `day` is the local day it is about: one that comes after midnight is refused rather than misfiled."""

    day: date
    answers: Answers


class Reported(msgspec.Struct, frozen=True):
    """The report that is stored now. The same answers again are the same version."""

    day: date
    version: int
    at: datetime
    late: bool
    abnormal: bool
    reasons: list[str]
    """fever, or the keys of the questions that were answered with yes"""


class MyReport(msgspec.Struct, frozen=True):
    """A resident's own report of today."""

    version: int
    at: datetime
    source: Source
    late: bool
    abnormal: bool
    answers: dict[str, Any]


class MyDuty(msgspec.Struct, frozen=True, kw_only=True):
    """What a resident is asked today, by whom, and for how long the answers are kept. `open`: it can be sent, or corrected."""

    roster_id: int
    roster: str
    company: str
    day: date
    due_at: datetime
    open: bool
    template: Template
    remembered: dict[str, Any]
    report: MyReport | None
    kept_days: int


class FollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """Something abnormal that somebody must look after, as lists show it."""

    id: int
    state: FollowUpState
    day: date
    opened_at: datetime
    roster_id: int
    roster: str
    unit_id: int
    unit_name: str
    number: str
    name: str
    department: str
    job_category: str
    actions: list[FollowUpAction]
    """What may be done now."""


class GivenAnswer(msgspec.Struct, frozen=True):
    """A question of the form and what was answered; `choice`: the words of the option."""

    key: str
    label: str
    label_en: str
    value: str | int | float
    choice: str
    choice_en: str


class Note(msgspec.Struct, frozen=True):
    """What somebody did about it."""

    at: datetime
    by: str
    action: FollowUpAction
    note: str


class ReportVersion(msgspec.Struct, frozen=True):
    version: int
    at: datetime
    source: Source
    late: bool
    abnormal: bool
    answers: list[GivenAnswer]


class FollowUpDetail(FollowUp, frozen=True, kw_only=True):
    """The same in the clear, with every version of the report and what was done."""

    document: str
    phone: str
    reports: list[ReportVersion]
    notes: list[Note]


class FollowUpStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was done about it."""

    action: FollowUpAction
    note: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
