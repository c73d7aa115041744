"""Records as a file: read in chunks, words instead of codes, the person masked as on the screen. Where all records answered the
same form, its questions are columns."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from lianfang.access.scope import Scope, scoped_blocking
from lianfang.config import Settings
from lianfang.kit import ids
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.identifiers import mask_document, mask_phone
from lianfang.people import store as people
from lianfang.people.model import StoredPerson, masked, unlock
from lianfang.venues import store as venues
from lianfang.venues.model import CATEGORIES, Template
from lianfang.visits.given import given_answers
from lianfang.visits.model import SOURCES, VERDICTS
from lianfang.visits.notes import explained
from lianfang.visits.records import NOBODY, Condition

CHUNK = 5000
PEOPLE_KEPT = 150_000  # masked people kept in memory while a file is written: some 60 MB, and never more
ANSWERS_AT = 13
"""Behind the reason; the scan id stays last."""
HEADER = {
    "zh-CN": (
        "时间",
        "单位",
        "登记点",
        "类别",
        "姓名",
        "证件",
        "手机",
        "体温",
        "座位",
        "楼层",
        "去往单位",
        "结果",
        "说明",
        "来源",
        "登记编号",
        "扫码标识",
    ),
    "en": (
        "Time",
        "Unit",
        "Checkpoint",
        "Category",
        "Name",
        "Document",
        "Phone",
        "Temperature",
        "Seat",
        "Floor",
        "Tenant visited",
        "Verdict",
        "Reason",
        "Source",
        "Serial",
        "Scan id",
    ),
}

# texts are made where the rows are: a million times and dates cost the database less than us
STREAM = sql.SQL(
    """
    SELECT v.person_id, to_char(v.at AT TIME ZONE {zone}, 'YYYY-MM-DD HH24:MI:SS') AS at, u.name AS unit, k.name AS checkpoint,
           k.category::text AS category, v.celsius::text AS celsius, v.seat, t.floor, t.name AS tenant, v.verdict::text AS verdict, v.reason,
           v.source::text AS source, v.scan_id, v.note, {answers} AS answers
    FROM visits v JOIN checkpoints k ON k.id = v.checkpoint_id JOIN units u ON u.id = k.unit_id
    LEFT JOIN tenants t ON t.id = v.tenant_id
    WHERE {where} ORDER BY v.at DESC, v.scan_id DESC
    """
)
ANY_TEMPLATE = sql.SQL("SELECT v.template_id FROM visits v WHERE {where} LIMIT 1")
OTHER_TEMPLATE = sql.SQL("SELECT FROM visits v WHERE {where} AND v.template_id <> %(template_id)s LIMIT 1")
Blocking = psycopg.Connection[tuple[Any, ...]]
Masked = tuple[str, str, str]
"""Name, document and phone as the screen shows them."""


class ExportRow(NamedTuple):
    """What is read of a record."""

    person_id: int
    at: str
    unit: str
    checkpoint: str
    category: str
    celsius: str | None
    seat: str | None
    floor: str | None
    tenant: str | None
    verdict: str
    reason: str
    source: str
    scan_id: UUID
    note: bytes | None
    answers: bytes | None


def open_table(
    db: Database, keys: Keys, settings: Settings, scope: Scope, condition: Condition, language: Language
) -> tuple[list[str], Iterator[list[str]]]:
    """The header, and every record of the condition, chunk by chunk; memory does not grow with the number of rows.
    Blocking: runs in a thread. Times are local."""
    template = _common_template(db, scope, condition)
    header = list(HEADER[language])
    if template is not None:
        header[ANSWERS_AT:ANSWERS_AT] = _questions(template, header, language)
    return header, _rows(db, keys, settings, scope, condition, language, template)


def _rows(
    db: Database,
    keys: Keys,
    settings: Settings,
    scope: Scope,
    condition: Condition,
    language: Language,
    template: Template | None,
) -> Iterator[list[str]]:
    query = STREAM.format(
        where=condition.where,
        zone=sql.Literal(settings.zone.key),
        answers=sql.SQL("v.answers" if template else "NULL::bytea"),
    )
    categories = {key: text.show(language) for key, text in CATEGORIES.items()}
    verdicts = {key: text.show(language) for key, text in VERDICTS.items()}
    sources = {key: text.show(language) for key, text in SOURCES.items()}
    nobody = (NOBODY.name, NOBODY.document, NOBODY.phone)
    answers_of = _answers(keys, template, language) if template else None
    with scoped_blocking(db, scope) as conn, conn.cursor("records") as cursor, ThreadPoolExecutor(1) as ahead:
        cursor.execute(query, condition.params)
        read = _Reader(conn, cursor, keys).read
        coming = ahead.submit(read)
        # the next rows are read while these are written
        while chunk := coming.result():
            coming = ahead.submit(read)
            rows, shown = chunk
            for row in rows:
                name, document, phone = shown.get(row.person_id, nobody)
                cells = [
                    row.at,
                    row.unit,
                    row.checkpoint,
                    categories[row.category],  # type: ignore[index]
                    name,
                    document,
                    phone,
                    row.celsius or "",
                    row.seat or "",
                    row.floor or "",
                    row.tenant or "",
                    verdicts[row.verdict],  # type: ignore[index]
                    explained(keys, row, language),
                    sources[row.source],  # type: ignore[index]
                    ids.serial(row.scan_id),
                    str(row.scan_id),
                ]
                if answers_of is not None:
                    cells[ANSWERS_AT:ANSWERS_AT] = answers_of(row)
                yield cells


class _Reader:
    """Reads records in chunks, with what is shown of their people."""

    def __init__(self, conn: Blocking, cursor: "psycopg.ServerCursor[tuple[Any, ...]]", keys: Keys) -> None:
        self._conn = conn
        self._cursor = cursor
        self._keys = keys
        self._known: dict[int, Masked] = {}

    def read(self) -> tuple[list[ExportRow], dict[int, Masked]] | None:
        """The next records; None: there are no more."""
        rows = [ExportRow._make(row) for row in self._cursor.fetchmany(CHUNK)]
        if not rows:
            return None
        if len(self._known) > PEOPLE_KEPT:
            self._known.clear()
        ids = {row.person_id for row in rows}
        self._learn(ids - self._known.keys())
        return rows, {person_id: self._known[person_id] for person_id in ids & self._known.keys()}

    def _learn(self, new: set[int]) -> None:
        """Reads and masks people not met before."""
        with self._conn.cursor(row_factory=class_row(StoredPerson)) as reader:
            for stored in reader.execute(people.Q.find_many, {"ids": list(new)}):
                person = masked(unlock(self._keys, stored))
                self._known[person.person_id] = (person.name, person.document, person.phone)


def _common_template(db: Database, scope: Scope, condition: Condition) -> Template | None:
    """The form, where all records answered the same version of one that asks anything."""
    with scoped_blocking(db, scope) as conn:
        first = conn.execute(ANY_TEMPLATE.format(where=condition.where), condition.params).fetchone()
        if first is None:
            return None
        params = condition.params | {"template_id": first[0]}
        if conn.execute(OTHER_TEMPLATE.format(where=condition.where), params).fetchone() is not None:
            return None
        with conn.cursor(row_factory=class_row(venues.TemplateRow)) as reader:
            row = reader.execute(venues.Q.find_template, {"id": first[0]}).fetchone()
    template = row.template() if row else None
    return template if template and template.fields else None


def _questions(template: Template, header: list[str], language: Language) -> list[str]:
    """The form's questions as column names, each once."""
    names: list[str] = []
    for field in template.fields:
        name = label = (language == "en" and field.label_en) or field.label
        number = 2
        while name in header or name in names:
            name = f"{label} ({number})"
            number += 1
        names.append(name)
    return names


def _answers(keys: Keys, template: Template, language: Language) -> Callable[[ExportRow], list[str]]:
    """The answers of a record in the order of the form; documents and phones masked like those of the person."""
    masks = {"document": mask_document, "phone": mask_phone}
    types = {field.key: field.type for field in template.fields}

    def of(row: ExportRow) -> list[str]:
        given = {
            answer.key: (language == "en" and answer.choice_en) or answer.choice or str(answer.value)
            for answer in given_answers(keys, template, row.person_id, row.scan_id, row.answers)
        }
        return [
            masks[types[field.key]](given[field.key])
            if field.key in given and types[field.key] in masks
            else given.get(field.key, "")
            for field in template.fields
        ]

    return of
