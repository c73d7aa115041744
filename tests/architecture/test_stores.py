"""Every function that reads or writes tenant rows takes the Scope first, so that forgetting it is impossible.

A public function of a `store.py` that takes a connection begins with `scope: Scope`, unless its name says that it runs as a
role that works before there is a scope: `identity_…`, `lane_…`, `worker_…`.
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

import psycopg
import pytest

import lianfang
from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, Database

WITHOUT_SCOPE = ("identity_", "lane_", "worker_")
STORES = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(lianfang.__path__, "lianfang.")
    if module.name.endswith(".store")
]


def takes_a_connection(kind: Any) -> bool:
    kinds = (kind, *get_args(kind))
    return any(
        isinstance(part, type) and issubclass(part, (psycopg.AsyncConnection, psycopg.Connection, Database))
        for one in kinds
        for part in (one, getattr(one, "__origin__", None))
    )


def offence(function: Callable[..., Any]) -> str | None:
    """What is wrong with a store function's signature."""
    name = function.__name__
    if name.startswith(("_", *WITHOUT_SCOPE)):
        return None
    hints = get_type_hints(function)
    parameters = [hints.get(name) for name in inspect.signature(function).parameters]
    if not any(takes_a_connection(kind) for kind in parameters):
        return None
    if parameters[0] is not Scope:
        return f"{function.__module__}.{name} touches the database and does not begin with scope: Scope"
    return None


def offences(module: ModuleType) -> list[str]:
    own = [f for _, f in inspect.getmembers(module, inspect.isfunction) if f.__module__ == module.__name__]
    return [fault for function in own if (fault := offence(function))]


def test_the_rooms_stores_are_found() -> None:
    rooms = {store.__name__.split(".")[1] for store in STORES}
    assert rooms >= {"audit", "codes", "notices", "organisations", "people", "staff", "venues", "visits"}


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.__name__)
def test_every_store_function_takes_the_scope_first(store: ModuleType) -> None:
    assert offences(store) == []


async def forgetful(conn: Connection, unit_id: int) -> None: ...


async def scope_behind(conn: Connection, scope: Scope) -> None: ...


def forgetful_and_blocking(conn: psycopg.Connection[tuple[Any, ...]]) -> None: ...


async def forgetful_pool(db: Database) -> None: ...


async def careful(scope: Scope, conn: Connection) -> None: ...


async def lane_find(conn: Connection) -> None: ...


def pure(scope: int, name: str) -> None: ...


async def _helper(conn: Connection) -> None: ...


def test_the_checker_finds_an_offender_and_nobody_else() -> None:
    """A checker that finds nothing proves nothing."""
    for offender in (forgetful, scope_behind, forgetful_and_blocking, forgetful_pool):
        assert offender.__name__ in (offence(offender) or "")
    for other in (careful, lane_find, pure, _helper):
        assert offence(other) is None


def test_only_the_migrations_speak_of_a_table_that_another_room_writes() -> None:
    """One room writes a table: every INSERT, UPDATE or DELETE of a table stands in one room's queries."""
    writers: dict[str, set[str]] = {}
    for queries in Path(lianfang.__path__[0]).rglob("queries.sql"):
        text = re.sub(r"--.*", "", queries.read_text("utf-8"))
        for table in re.findall(r"(?:INSERT INTO|(?<!FOR )UPDATE|DELETE FROM)\s+(?!SET\b)(\w+)", text):
            writers.setdefault(table, set()).add(queries.parent.name)
    shared = {
        "throttles": {"access", "staff"},
        "one_time_codes": {"people", "staff"},
        "staged_evidence": {"areas", "evidence"},  # temporary, of one connection: rooms put people there for evidence
    }
    assert {table: rooms for table, rooms in writers.items() if len(rooms) > 1 and rooms != shared.get(table)} == {}
    assert writers["visits"] == {"visits"}
