"""The fixed cast of the tests: a part of Hebei, its doors, its accounts. Ids are constants, so that a test can name them.

    河北省 > 张家口市 > 赤城县 > 龙关镇 > 一街村        雕鹗镇 beside 龙关镇; 崇礼区 > 西湾子镇 beside 赤城县

Seen from 龙关镇: itself, an ancestor (赤城县), a descendant (一街村), a sibling (雕鹗镇), a foreigner (西湾子镇). Each of them has
an admin, a door and a resident, so that "who sees what" can be asked of every kind of row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import argon2
import psycopg
from psycopg.types.json import Jsonb

from lianfang.access.rules import Role
from lianfang.access.scope import Scope

PASSWORD = "Doors-of-the-county"
# as strong as it takes for a test
PASSWORD_HASH = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@dataclass(frozen=True)
class Unit:
    """A unit and the interval of its subtree."""

    id: int
    parent: "Unit | None"
    code: str
    name: str
    level: str
    lo: int
    hi: int

    def scope(self, role: Role = "admin") -> Scope:
        """As an account of this unit."""
        return Scope(f"staff:{self.id}", role, self.lo, self.hi)


def _below(parent: Unit, nth: int, id: int, code: str, name: str, level: str) -> Unit:
    width = (parent.hi - parent.lo + 1) >> 5
    lo = parent.lo + nth * width
    return Unit(id, parent, code, name, level, lo, lo + width - 1)


HEBEI = Unit(1, None, "130000000000", "河北省", "province", 1 << 56, (2 << 56) - 1)
ZHANGJIAKOU = _below(HEBEI, 1, 2, "130700000000", "张家口市", "city")
CHICHENG = _below(ZHANGJIAKOU, 1, 3, "130732000000", "赤城县", "county")
LONGGUAN = _below(CHICHENG, 1, 4, "130732102000", "龙关镇", "town")
YIJIE = _below(LONGGUAN, 1, 5, "130732102201", "一街村", "village")
DIAOE = _below(CHICHENG, 2, 6, "130732103000", "雕鹗镇", "town")
CHONGLI = _below(ZHANGJIAKOU, 2, 7, "130709000000", "崇礼区", "county")
XIWANZI = _below(CHONGLI, 1, 8, "130709100000", "西湾子镇", "town")
UNITS = (HEBEI, ZHANGJIAKOU, CHICHENG, LONGGUAN, YIJIE, DIAOE, CHONGLI, XIWANZI)


@dataclass(frozen=True)
class Form:
    id: int
    name: str
    fields: tuple[dict[str, Any], ...]


_FIELDS: tuple[dict[str, Any], ...] = (
    {"key": "temperature", "type": "number", "label": "体温", "label_en": "Temperature", "min": 34, "max": 43},
    {
        "key": "reason",
        "type": "choice",
        "label": "事由",
        "label_en": "Reason",
        "choices": [{"value": "home", "label": "回家"}, {"value": "visit", "label": "走访"}],
    },
    {"key": "address", "type": "text", "label": "住址", "required": False, "remember": True, "max_length": 40},
    {"key": "companion", "type": "document", "label": "同行人证件", "required": False, "remember": True},
    {"key": "contact", "type": "phone", "label": "联系电话", "required": False},
    {"key": "since", "type": "date", "label": "返乡日期", "required": False},
)
VILLAGE_FORM = Form(1, "村口登记", _FIELDS)
BARE_FORM = Form(2, "只扫码", ())
FORMS = (VILLAGE_FORM, BARE_FORM)


@dataclass(frozen=True)
class Door:
    """A checkpoint and the code on it."""

    id: int
    unit: Unit
    name: str
    category: str
    form: Form
    code: str


CHICHENG_DOOR = Door(1, CHICHENG, "县政务大厅", "office", BARE_FORM, "CHCHENG000000000")
LONGGUAN_DOOR = Door(2, LONGGUAN, "龙关集市", "public_place", BARE_FORM, "NGGVAN0000000000")
YIJIE_DOOR = Door(3, YIJIE, "一街村东口", "village", VILLAGE_FORM, "YJE0000000000000")
DIAOE_DOOR = Door(4, DIAOE, "雕鹗卫生院", "hospital", BARE_FORM, "DAE0000000000000")
XIWANZI_DOOR = Door(5, XIWANZI, "西湾子小学", "school", BARE_FORM, "XWANZ00000000000")
DOORS = (CHICHENG_DOOR, LONGGUAN_DOOR, YIJIE_DOOR, DIAOE_DOOR, XIWANZI_DOOR)
DOOR_OF = {door.unit: door for door in DOORS}

ANSWERS: Mapping[str, Any] = {"temperature": 36.5, "reason": "home"}
"""What the village's form needs at least."""


@dataclass(frozen=True)
class Account:
    id: int
    username: str
    unit: Unit
    role: Role

    @property
    def scope(self) -> Scope:
        return Scope(f"staff:{self.id}", self.role, self.unit.lo, self.unit.hi)


ACCOUNTS = (
    Account(1, "hebei", HEBEI, "admin"),
    Account(2, "zhangjiakou", ZHANGJIAKOU, "admin"),
    Account(3, "chicheng", CHICHENG, "admin"),
    Account(4, "longguan", LONGGUAN, "admin"),
    Account(5, "yijie", YIJIE, "admin"),
    Account(6, "diaoe", DIAOE, "admin"),
    Account(7, "chongli", CHONGLI, "admin"),
    Account(8, "xiwanzi", XIWANZI, "admin"),
    Account(9, "clerk", CHICHENG, "clerk"),
    Account(10, "gate01", LONGGUAN, "attendant"),
    Account(11, "import", CHICHENG, "importer"),
)
ACCOUNT = {account.username: account for account in ACCOUNTS}

_FIRST_FREE_ID = 1000
_SEQUENCES = (
    "units",
    "templates",
    "checkpoints",
    "staff_accounts",
    "people",
    "holds",
    "notices",
    "fever_alerts",
    "rosters",
    "roster_members",
    "follow_ups",
)
_tables: list[str] = []


def reserve_ids(owner: psycopg.Connection) -> None:
    """New rows are numbered behind the cast's."""
    for table in _SEQUENCES:
        owner.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {_FIRST_FREE_ID})".encode())


def note_tables(owner: psycopg.Connection) -> None:
    """Which tables there are to clear: all that a fresh migration leaves empty."""
    names = owner.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition AND relname !~ 'yoyo|procrastinate' ORDER BY 1"
    ).fetchall()
    empty = [n for (n,) in names if owner.execute(f"SELECT FROM {n} LIMIT 1".encode()).fetchone() is None]
    _tables[:] = empty


def clear(owner: psycopg.Connection) -> None:
    """Empties every table; without foreign keys' say, so that their order does not matter."""
    statements = [
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {table}" for table in _tables),
        "UPDATE statistics_state SET zone = '', recorded_until = NULL, wanted_anew = false",
    ]
    owner.execute("; ".join(statements).encode())  # in one message, which is one transaction


def add_units(owner: psycopg.Connection) -> None:
    _copy(
        owner,
        "units (id, parent_id, code, name, level, lo, hi)",
        ((u.id, u.parent and u.parent.id, u.code, u.name, u.level, u.lo, u.hi) for u in UNITS),
    )


def add_doors_and_accounts(owner: psycopg.Connection) -> None:
    _copy(
        owner,
        "templates (id, unit_id, ord, hi, name, name_en, version, fields)",
        ((f.id, HEBEI.id, HEBEI.lo, HEBEI.hi, f.name, f.name, 1, Jsonb(list(f.fields))) for f in FORMS),
    )
    _copy(
        owner,
        "checkpoints (id, unit_id, ord, name, category, template_id)",
        ((d.id, d.unit.id, d.unit.lo, d.name, d.category, d.form.id) for d in DOORS),
    )
    _copy(owner, "checkpoint_codes (code, checkpoint_id, ord)", ((d.code, d.id, d.unit.lo) for d in DOORS))
    _copy(
        owner,
        "staff_accounts (id, unit_id, ord, username, display_name, role, password_hash, must_change_password)",
        (
            (a.id, a.unit.id, a.unit.lo, a.username, f"{a.unit.name} {a.role}", a.role, PASSWORD_HASH, False)
            for a in ACCOUNTS
        ),
    )


def _copy(owner: psycopg.Connection, target: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with owner.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row(row)
