"""Whom a list of cases means: people by their document or phone, within one's own part of the tree."""

import asyncio
import tempfile
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.kit import identifiers
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import Language, Text
from lianfang.kit.sheets.reading import SheetError
from lianfang.people import store as people
from lianfang.people.model import masked, unlock
from lianfang.people.problems import IDENTIFIER_TEXTS
from lianfang.people.service import possible_documents
from lianfang.rosters.problems import of_sheet
from lianfang.tracing.api import CASES_MAX, BadCase, CasesRead, FoundCase
from lianfang.tracing.problems import TOO_MANY_CASES
from lianfang.tracing.sheet import CaseLine, case_lines

NOBODY = Text(
    "没有找到这个人，或不在您的管理范围内。请核对证件号码或手机号。",
    "Nobody found, or not within your area. Check the document or phone number.",
)
SEVERAL = Text(
    "这个手机号有 {value} 个人登记，请改填证件号码。",
    "{value} people are registered with this phone; give the document instead.",
)
TWICE = Text("与第 {value} 行是同一个人，已采用第 {value} 行。", "The same person as row {value}; that row was taken.")


class Unknown(NamedTuple):
    """Why a row names nobody."""

    column: str
    code: str
    reason: Text
    value: str


async def read(
    db: Database, keys: Keys, zone: ZoneInfo, scope: Scope, data: bytes, purpose: str, language: Language
) -> CasesRead:
    """The cases of a workbook or of CSV text, masked, and the rows that are none, with the reason. Recorded with the purpose.
    Problems: those of files, `trace_cases_many`."""
    purpose = checked_purpose(purpose)
    lines = await asyncio.to_thread(_lines, data, zone)
    found: dict[int, FoundCase] = {}
    bad: list[BadCase] = []
    async with scoped(db, scope) as conn:
        for line in lines:
            person = await _person(scope, conn, keys, line)
            if isinstance(person, int) and person in found:
                person = Unknown("who", "twice", TWICE, str(found[person].line))
            if isinstance(person, Unknown):
                told = person.reason.show(language, value=person.value)
                bad.append(BadCase(line.line, line.cells, person.column, person.code, told))
                continue
            assert line.onset is not None
            found[person] = FoundCase(line.line, person, "", "", "", line.onset, **line.moments)
        known = await people.find_many(scope, conn, list(found))
        await audit.record(
            scope, conn, "tracing.cases", "people", purpose=purpose, people=list(found), rejected=len(bad)
        )
    cases = []
    for person_id, case in found.items():
        who = masked(unlock(keys, known[person_id]))
        cases.append(
            FoundCase(
                case.line,
                person_id,
                who.name,
                who.document,
                who.phone,
                case.onset,
                case.isolated_at,
                case.since,
                case.until,
            )
        )
    return CasesRead(cases, bad)


def _lines(data: bytes, zone: ZoneInfo) -> list[CaseLine]:
    with tempfile.TemporaryDirectory(prefix="lianfang-cases-") as directory:
        path = Path(directory) / "cases"
        path.write_bytes(data)
        lines: list[CaseLine] = []
        try:
            for line in case_lines(path, zone):
                if len(lines) == CASES_MAX:
                    raise TOO_MANY_CASES(max=CASES_MAX)
                lines.append(line)
        except SheetError as error:
            raise of_sheet(error) from None
    return lines


async def _person(scope: Scope, conn: Connection, keys: Keys, line: CaseLine) -> int | Unknown:
    """Who a row means: a number of ours, a phone, or a document."""
    if line.wrong:
        return Unknown(line.wrong.column, "format", line.wrong.reason, line.wrong.value)
    number, who = line.given.get("person_id", ""), line.given.get("who", "")
    if number.isdecimal() and len(number) < 18:
        ids = list(await people.find_many(scope, conn, [int(number)]))
    else:
        try:
            ids = await people.ids_by_phone(scope, conn, people.phone_index(keys, identifiers.phone(who)))
        except identifiers.IdentifierError:
            try:
                indexes = possible_documents(keys, who)
            except identifiers.IdentifierError as error:
                return Unknown("who", error.code, IDENTIFIER_TEXTS[error.code], who)
            ids = await people.ids_by_document(scope, conn, indexes) if indexes else []
    if len(ids) != 1:
        return Unknown("who", "several", SEVERAL, str(len(ids))) if ids else Unknown("who", "unknown", NOBODY, who)
    return int(ids[0])
