"""Records as a file: read in chunks, words instead of codes, the person masked as on the screen."""

from collections.abc import Iterator

from psycopg import sql
from psycopg.rows import class_row

from lianfang.access.scope import Scope, scoped_blocking
from lianfang.config import Settings
from lianfang.kit import ids
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.people import store as people
from lianfang.people.model import Me, StoredPerson, masked, unlock
from lianfang.venues.model import CATEGORIES
from lianfang.visits.model import SOURCES, VERDICTS
from lianfang.visits.notes import explained
from lianfang.visits.records import NOBODY, Condition, Row

CHUNK = 2000
PEOPLE_KEPT = 50_000  # masked people kept in memory while a file is written
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
        "Verdict",
        "Reason",
        "Source",
        "Serial",
        "Scan id",
    ),
}

STREAM = sql.SQL(
    """
    SELECT v.person_id, v.scan_id, v.at, v.recorded_at, v.checkpoint_id, v.verdict, v.reason, v.source, v.clock,
           v.celsius::float8, v.celsius_at, v.seat, v.note,
           k.name AS checkpoint, k.category, u.id AS unit_id, u.name AS unit
    FROM visits v JOIN checkpoints k ON k.id = v.checkpoint_id JOIN units u ON u.id = k.unit_id
    WHERE {where} ORDER BY v.at DESC, v.scan_id DESC
    """
)


def rows_of(
    db: Database, keys: Keys, settings: Settings, scope: Scope, condition: Condition, language: Language
) -> Iterator[tuple[str, ...]]:
    """Every record of the condition, chunk by chunk, as the file shows it; memory does not grow with the number of rows.
    Blocking: runs in a thread. Times are local; the person is masked as on the screen."""
    shown: dict[int, Me] = {}
    with scoped_blocking(db, scope) as conn, conn.cursor("records", row_factory=class_row(Row)) as cursor:
        cursor.itersize = CHUNK
        cursor.execute(STREAM.format(where=condition.where), condition.params)
        while rows := cursor.fetchmany(CHUNK):
            if len(shown) > PEOPLE_KEPT:
                shown.clear()
            new = list({row.person_id for row in rows} - shown.keys())
            with conn.cursor(row_factory=class_row(StoredPerson)) as reader:
                found = reader.execute(people.Q.find_many, {"ids": new}).fetchall()
            shown |= {person.id: masked(unlock(keys, person)) for person in found}
            for row in rows:
                person = shown.get(row.person_id, NOBODY)
                yield (
                    row.at.astimezone(settings.zone).isoformat(" ", "seconds")[:19],
                    row.unit,
                    row.checkpoint,
                    CATEGORIES[row.category].show(language),
                    person.name,
                    person.document,
                    person.phone,
                    "" if row.celsius is None else f"{row.celsius:.1f}",
                    row.seat or "",
                    VERDICTS[row.verdict].show(language),
                    explained(keys, row, language),
                    SOURCES[row.source].show(language),
                    ids.serial(row.scan_id),
                    str(row.scan_id),
                )
