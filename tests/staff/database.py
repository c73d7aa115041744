"""The story's units and the shared database, by the names that these tests use."""

from typing import NamedTuple

import pytest

from tests.support import story
from tests.support.database import db, identity, keys, owner, worker

__all__ = ["CHICHENG", "CHONGLI", "HEBEI", "LONGGUAN", "Unit", "db", "identity", "keys", "migrated", "owner", "worker"]


class Unit(NamedTuple):
    """id, and the interval of its subtree."""

    id: int
    lo: int
    hi: int


HEBEI, CHICHENG, LONGGUAN, CHONGLI = (
    Unit(unit.id, unit.lo, unit.hi) for unit in (story.HEBEI, story.CHICHENG, story.LONGGUAN, story.CHONGLI)
)


@pytest.fixture(scope="session")
def migrated(migrated: str) -> str:
    return migrated
