"""A province in a throwaway database: people, doors, holds and fresh temperatures, by COPY as the database's owner."""

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from lianfang.kit import ids
from lianfang.kit.crypto import Keys
from lianfang.people import tokens
from lianfang.people.store import document_index, phone_index
from lianfang.venues.model import Choice, Field

Say = Callable[[str], None]

COUNTIES = 100
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
FORMS: tuple[tuple[str, list[Field], str], ...] = (
    ("plain", [], "{}"),
    (
        "estate gate",
        [
            Field("purpose", "choice", "事由", choices=[Choice("home", "回家"), Choice("visit", "来访")]),
            Field("house", "text", "门牌", remember=True, max_length=40),
        ],
        '{"purpose":"home","house":"3号楼2单元501"}',
    ),
    (
        "office",
        [
            Field("purpose", "choice", "事由", choices=[Choice("staff", "上班"), Choice("visitor", "办事")]),
            Field("department", "text", "部门", max_length=40),
            Field("companions", "number", "同行人数", required=False, min=0, max=20),
        ],
        '{"purpose":"visitor","department":"业务大厅","companions":2}',
    ),
)


class Size(msgspec.Struct, frozen=True):
    """How many of what. `holds` and `temperatures` are shares of the people, `measured` of the doors."""

    people: int = 1_000_000
    checkpoints: int = 40_000
    holds: float = 0.02
    measured: float = 1 / 3
    """Doors that want a temperature of the last day; every person has one, so it is reused."""


def populate(dsn: str, keys: Keys, size: Size, ammunition: Path, *, senders: int, say: Say) -> None:
    """Fills the database and writes the file that load generators read: a line `cookie TAB code TAB answers` for each of
    `senders` people, at doors chosen at random."""
    dice = random.Random(2022)  # noqa: S311 -- the same population each time
    now = datetime.now(UTC)
    with psycopg.connect(dsn) as conn:
        say(f"{size.checkpoints:,} 个登记点 · checkpoints")
        codes = _doors(conn, size, dice)
        say(f"{size.people:,} 人 · people")
        _people(conn, keys, size.people, now)
        _copy(
            conn,
            "holds (person_id, colour, rule, plan, reason_zh, reason_en, starts_at, ends_at)",
            _holds(size, dice, now),
        )
        _copy(
            conn,
            "temperatures (person_id, id, celsius, at, ord, checkpoint_id, reusable)",
            (
                (
                    person,
                    ids.uuid7(),
                    36.0 + dice.randrange(10) / 10,
                    now - timedelta(minutes=dice.randrange(60)),
                    1,
                    1,
                    True,
                )
                for person in range(1, size.people + 1)
            ),
        )
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE")
        conn.execute("CHECKPOINT")
        chosen = dice.sample(range(1, size.people + 1), min(senders, size.people))
        names: dict[int, bytes] = dict(
            conn.execute("SELECT id, name FROM people WHERE id = ANY(%s)", (chosen,)).fetchall()
        )
    with ammunition.open("w") as file:
        for person in chosen:
            code, answers = dice.choice(codes)
            file.write(f"lf_resident={tokens.issue(keys, person, 0, now, names[person])}\t{code}\t{answers}\n")


def _doors(conn: psycopg.Connection, size: Size, dice: random.Random) -> list[tuple[str, str]]:
    """Counties, forms, doors; (code, answers that fit) of each door."""
    span = (1 << 62) // (COUNTIES + 1)
    _copy(conn, "units (id, name, level, lo, hi)", [(1, "省", "province", 1, 1 << 62)])
    counties = [(i + 2, 1, f"第{i + 1}县", "county", (i + 1) * span, (i + 2) * span - 1) for i in range(COUNTIES)]
    _copy(conn, "units (id, parent_id, name, level, lo, hi)", counties)
    _copy(
        conn,
        "templates (id, unit_id, ord, hi, name, name_en, version, fields)",
        (
            (i, 1, 1, 1 << 62, name, name, 1, Jsonb(msgspec.to_builtins(fields)))
            for i, (name, fields, _) in enumerate(FORMS, 1)
        ),
    )
    rows, doors, codes = [], [], []
    for number in range(1, size.checkpoints + 1):
        county, form = counties[number % COUNTIES], number % len(FORMS)
        valid = 1440 if dice.random() < size.measured else None
        code = ids.code()
        rows.append((number, county[0], county[4], f"登记点{number}", "estate", form + 1, valid))
        codes.append((code, number, county[4]))
        doors.append((code, FORMS[form][2]))
    _copy(conn, "checkpoints (id, unit_id, ord, name, category, template_id, temperature_valid_min)", rows)
    _copy(conn, "checkpoint_codes (code, checkpoint_id, ord)", codes)
    return doors


def _people(conn: psycopg.Connection, keys: Keys, people: int, now: datetime) -> None:
    def rows() -> Iterator[tuple[object, ...]]:
        for person in range(1, people + 1):
            document, phone = f"B{person:014d}", f"+8613{person:09d}"
            yield (
                person,
                "passport",
                keys.encrypt(_name(person), f"people.name:{person}"),
                keys.encrypt(document, f"people.document:{person}"),
                keys.encrypt(phone, f"people.phone:{person}"),
                document_index(keys, "passport", document),
                phone_index(keys, phone),
                now,
            )

    _copy(conn, "people (id, document_type, name, document, phone, document_index, phone_index, consented_at)", rows())


def _holds(size: Size, dice: random.Random, now: datetime) -> Iterator[tuple[object, ...]]:
    for person in dice.sample(range(1, size.people + 1), int(size.people * size.holds)):
        colour = "red" if dice.random() < 0.3 else "yellow"
        yield (
            person,
            colour,
            "bench",
            "bench",
            "密切接触",
            "close contact",
            now - timedelta(days=1),
            now + timedelta(days=7),
        )


def _name(person: int) -> str:
    """Three characters, as most names have."""
    return SURNAMES[person % len(SURNAMES)] + GIVEN[person // 7 % len(GIVEN)] + GIVEN[person // 91 % len(GIVEN)]


def _copy(conn: psycopg.Connection, target: str, rows: Iterable[tuple[object, ...]]) -> None:
    with conn.cursor().copy(f"COPY {target} FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row(row)
