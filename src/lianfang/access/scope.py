"""Scope: who acts, in which role, on which part of the tree. The first argument of every store function on tenant data."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from lianfang.kit.db import Connection, Database

# The space of places: [1, 2^62]. A unit's place is the `lo` of its interval; its subtree is [lo, hi].
FIRST, LAST = 1, 1 << 62


@dataclass(frozen=True, slots=True)
class Scope:
    """A staff scope covers the units whose place lies in [lo, hi]; a resident's covers one person and no unit (lo > hi)."""

    actor: str
    """staff:12, resident:7, system:cli"""
    role: str
    lo: int
    hi: int
    person_id: int | None = None
    behalf: str = ""
    """staff:5, for whom a lent power is used"""
    guardian_id: int | None = None
    """Who acts for the person, as their guardian"""

    @classmethod
    def resident(cls, person_id: int) -> "Scope":
        return cls(f"resident:{person_id}", "resident", 1, 0, person_id)

    def for_member(self, member_id: int) -> "Scope":
        """The same resident, acting for somebody in their care: it covers that person, and the resident answers for it."""
        return replace(self, person_id=member_id, guardian_id=self.person_id)

    @classmethod
    def system(cls, name: str) -> "Scope":
        """The installation itself: command line, demo, worker."""
        return cls(f"system:{name}", "system", FIRST, LAST)

    def covers(self, ord: int) -> bool:
        return self.lo <= ord <= self.hi

    def narrowed(self, lo: int, hi: int) -> "Scope":
        """The same actor on a smaller part of the tree."""
        return replace(self, lo=max(lo, self.lo), hi=min(hi, self.hi))

    @property
    def settings(self) -> dict[str, str]:
        """What row-level security reads."""
        person = {} if self.person_id is None else {"lianfang__person": str(self.person_id)}
        return {"lianfang__lo": str(self.lo), "lianfang__hi": str(self.hi)} | person


@asynccontextmanager
async def scoped(db: Database, scope: Scope) -> AsyncIterator[Connection]:
    """A transaction that sees what the scope covers and nothing else."""
    async with db.transaction(**scope.settings) as conn:
        yield conn


@contextmanager
def scoped_blocking(db: Database, scope: Scope) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """The same for a thread that streams."""
    with db.blocking_transaction(**scope.settings) as conn:
        yield conn
