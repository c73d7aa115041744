"""A file of evidence: each row checked by itself and against those before it. Blocking: runs in a thread."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import chain
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from lianfang.certificates import fhir
from lianfang.intake import problems
from lianfang.intake.check import KINDS, Fault, check
from lianfang.intake.columns import (
    HEADER_WITHIN,
    KIND_WORDS,
    LABELS,
    REQUIRED,
    Column,
    Header,
    find_header,
    key_of,
    result_of,
)
from lianfang.intake.model import Good, Row
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.errors import Language
from lianfang.kit.sheets.cells import Raw, column_letters, typed_text
from lianfang.kit.sheets.reading import SheetError, read_table
from lianfang.rosters.check import DIGITS_LOST, DOCUMENT_WORDS, TYPE_UNKNOWN
from lianfang.rosters.problems import of_sheet

ROWS_MAX: Final = 100_000
EXAMPLES: Final = ("示例", "例：", "example")


class Bad(msgspec.Struct, frozen=True):
    """A row that is given back, and why."""

    row: int
    cells: list[str]
    reason: str


class Reading:
    """What a file holds."""

    def __init__(self, keys: Keys, source: str, zone: ZoneInfo, language: Language) -> None:
        self._keys, self._source, self._zone, self._language = keys, source, zone, language
        self._now = clock_now()
        self._seen: dict[bytes, int] = {}
        self.titles: list[str] = []
        self.good: list[Good] = []
        self.bad: list[Bad] = []
        self.rows = 0

    @property
    def counts(self) -> dict[str, int]:
        """Good rows by kind and result: what a second pair of eyes looks at."""
        return dict(sorted(Counter(f"{row.kind}.{row.result}" for row in self.good).items()))

    def read(self, path: Path) -> None:
        """Reads the whole file. Problems of its form, as those of rosters."""
        with path.open("rb") as file:
            beginning = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        if beginning.startswith(b"{"):
            self._bundle(path.read_bytes())
        else:
            self._sheet(path)
        if not self.rows:
            raise of_sheet(SheetError("empty"))

    def _sheet(self, path: Path) -> None:
        try:
            rows = read_table(path).rows
            header = self._header(rows)
            for number, cells in rows:
                if str(cells[0]).strip().casefold().startswith(EXAMPLES):
                    continue
                kept = [_shown(cells[index]) if index < len(cells) else "" for index in header.kept]
                faults = self._cells(number, header, cells)
                self._count(number, kept, header, faults)
        except SheetError as error:
            raise of_sheet(error) from None

    def _header(self, rows: Iterator[tuple[int, list[Raw]]]) -> Header:
        for _, cells in chain([next(rows, (0, []))], rows):
            header = find_header(cells)
            if header:
                self.titles = header.titles
                return header
            self.rows += 1
            if self.rows == HEADER_WITHIN:
                break
        if not self.rows:
            raise SheetError("empty")
        names = "” “".join(f"{LABELS[column].zh} {LABELS[column].en}" for column in REQUIRED)
        raise problems.COLUMNS(columns=names, within=HEADER_WITHIN)

    def _count(self, number: int, cells: list[str], header: Header | None, found: list[Fault] | Good) -> None:
        self.rows += 1
        if self.rows > ROWS_MAX:
            raise problems.FILE_TOO_LONG(max=f"{ROWS_MAX:,}")
        if not isinstance(found, list):
            first = self._seen.setdefault(found.ref, number)
            if first == number:
                self.good.append(found)
                return
            found = [Fault("ref", "repeated", problems.SAME_REF, {"row": first})]
        self.bad.append(Bad(number, cells, self._explain(number, header, found)))

    def _cells(self, number: int, header: Header, cells: Sequence[Raw]) -> list[Fault] | Good:
        texts: dict[Column, str] = {}
        faults: list[Fault] = []
        times: dict[Column, datetime] = {}
        for column, index in header.at.items():
            cell: Raw = cells[index] if index < len(cells) else ""
            if column in ("at", "until"):
                at = self._time(cell)
                if at is not None:
                    times[column] = at
                elif str(cell).strip():
                    faults.append(Fault(column, "date", problems.TIME))
                continue
            text, fault = typed_text(cell)
            if fault:
                faults.append(Fault(column, fault, DIGITS_LOST if fault == "digits_lost" else problems.TIME))
            texts[column] = text
        if "at" not in times and not any(fault.field == "at" for fault in faults):
            faults.append(Fault("at", "empty", problems.MISSING))
        return self._row(texts, times, faults)

    def _row(self, texts: dict[Column, str], times: dict[Column, datetime], faults: list[Fault]) -> list[Fault] | Good:
        given = texts.get("document_type", "")
        document_type = DOCUMENT_WORDS.get(given.casefold().replace(" ", "")) if given else "resident_id"
        if document_type is None:
            faults.append(Fault("document_type", "type", TYPE_UNKNOWN))
        word = key_of(texts.get("kind", ""))
        kind, method = KIND_WORDS.get(word, (next((each for each in KINDS if each == word), None), None))
        if kind is None:
            faults.append(Fault("kind", "unknown", problems.KIND_WORD))
        if faults or kind is None or document_type is None:
            return faults
        row = Row(
            # without a number of its own, a repetition is told by what it says of whom, and when
            ref=texts.get("ref")
            or f"{document_type}|{texts['document_number'].upper()}|{kind}|{method}|{times['at']:%Y%m%d%H%M}",
            document_type=document_type,
            document_number=texts["document_number"],
            kind=kind,
            at=times["at"],
            until=times.get("until"),
            result=result_of(kind, texts["result"]),
            subject=method or texts.get("subject") or None,
            source=texts.get("source", ""),
        )
        return check(self._keys, row, sender=self._source, allowed=KINDS, now=self._now)

    def _time(self, cell: Raw) -> datetime | None:
        """A day, or an instant of the clock on the wall."""
        if isinstance(cell, datetime):
            return cell if cell.tzinfo else cell.replace(tzinfo=self._zone)
        if isinstance(cell, date):
            return datetime.combine(cell, time(), self._zone)
        text = str(cell).strip().replace("/", "-").replace("年", "-").replace("月", "-").replace("日", "")
        for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d"):
            try:
                return datetime.strptime(text, form).replace(tzinfo=self._zone)
            except ValueError:
                continue
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=self._zone)

    def _explain(self, number: int, header: Header | None, faults: Sequence[Fault]) -> str:
        parts = []
        for fault in faults:
            label = LABELS[fault.field].show(self._language) if fault.field in LABELS else fault.field
            index = header.at.get(fault.field) if header else None  # type: ignore[call-overload]
            where = f"{column_letters(index)}{number} {label}" if index is not None else label
            said = fault.text.show(self._language, **fault.values)
            parts.append(f"{where}：{said}" if self._language == "zh-CN" else f"{where}: {said}")
        return " ".join(parts)

    def _bundle(self, content: bytes) -> None:
        """A FHIR R4 bundle: its entries are the rows."""
        self.titles = ["entry", "resource"]
        try:
            bundle = msgspec.json.decode(content, type=fhir.Bundle)
        except msgspec.DecodeError as error:
            raise problems.BUNDLE(detail=str(error)[:120]) from None
        patients = {
            reference: entry
            for entry in bundle.entry
            if entry.resource.get("resourceType") == "Patient"
            for reference in (entry.fullUrl, f"Patient/{entry.resource.get('id')}")
        }
        for number, entry in enumerate(bundle.entry, 1):
            kind = str(entry.resource.get("resourceType"))
            if kind not in ("Immunization", "Observation"):
                continue
            name = f"{kind}/{entry.resource.get('id', '')}"
            try:
                found: list[Fault] | Good = self._resource(entry, patients)
            except fhir.FhirError as error:
                found = [Fault(error.field, "schema", problems.SCHEMA, {"detail": error.field})]
            self._count(number, [str(number), name], None, found)

    def _resource(self, entry: fhir.Entry, patients: dict[str, fhir.Entry]) -> list[Fault] | Good:
        found = fhir.read(entry)
        said: dict[str, Any]
        if isinstance(found, fhir.Immunization):
            vaccination = fhir.vaccination(found)
            if vaccination is None:
                return [Fault("vaccineCode", "unknown", problems.NOT_OURS)]
            at = datetime.combine(vaccination.at, time(), self._zone)
            said = {
                "kind": "vaccination",
                "at": at,
                "result": str(vaccination.dose or 1),
                "subject": vaccination.product,
            }
            reference, by = found.patient.reference, next((each.actor.display for each in found.performer), "")
        elif isinstance(found, fhir.Observation):
            lab = fhir.lab_test(found)
            if lab is None or lab.type == "other":
                return [Fault("code", "unknown", problems.NOT_OURS)]
            if lab.positive is None:
                return [Fault("value", "unknown", problems.NO_RESULT)]
            method = "pcr" if lab.type == "naat" else lab.type
            result = "positive" if lab.positive else "negative"
            said = {"kind": "test", "at": lab.at, "result": result, "subject": method}
            reference, by = found.subject.reference, lab.centre
        else:
            raise fhir.FhirError("resourceType")
        patient = fhir.read(patients[reference]) if reference in patients else None
        document = fhir.document_of(patient) if isinstance(patient, fhir.Patient) else None
        if document is None:
            return [Fault("patient", "unknown", problems.NO_DOCUMENT)]
        ref = found.id or f"{document}|{said}"
        row = Row(ref=ref[:80], document_type=document[0], document_number=document[1], source=by, **said)
        return check(self._keys, row, sender=self._source, allowed=KINDS, now=self._now)


def _shown(cell: Raw) -> str:
    return cell if isinstance(cell, str) else str(cell)
