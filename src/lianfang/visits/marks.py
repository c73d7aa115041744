"""The moving mark of a stamp: phone and gate compute it from the same seed, so that a picture of a stamp stands still beside it.

A seed is of one door, one verdict and a quarter of an hour. Who was refused gets none, who is observed none of those that a pass
moves by, and who passed this morning none of now.
"""

import base64
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection
from lianfang.visits import store
from lianfang.visits.model import Verdict

WINDOW_S = 900
GATE_WINDOWS = 48
"""Half a day: a gate without a network goes on comparing."""


class Mark(msgspec.Struct, frozen=True):
    """Seeds that follow each other from `since` on, each for `window_s` seconds."""

    since: datetime
    window_s: int
    seeds: list[str]


class GateMarks(msgspec.Struct, frozen=True):
    """What stamps of this door move by, by their verdict."""

    passed: Mark
    observed: Mark


async def of_stamp(scope: Scope, conn: Connection, keys: Keys, scan_id: UUID, now: datetime) -> Mark | None:
    """What the resident's own fresh stamp moves by, until the quarter of an hour after that of the scan is over. Nobody has to prove
    a refusal."""
    row = await store.own_stamp(scope, conn, scan_id)
    if row is None or row.verdict == "refuse":
        return None
    last = _window(row.at) + 1
    first = _window(now)
    return _mark(keys, row.checkpoint_id, row.verdict, first, last - first + 1) if first <= last else None


def of_gate(keys: Keys, checkpoint_id: int, now: datetime) -> GateMarks:
    first = _window(now)
    return GateMarks(
        _mark(keys, checkpoint_id, "pass", first, GATE_WINDOWS),
        _mark(keys, checkpoint_id, "observe", first, GATE_WINDOWS),
    )


def _window(at: datetime) -> int:
    return int(at.timestamp()) // WINDOW_S


def _mark(keys: Keys, checkpoint_id: int, verdict: Verdict, first: int, count: int) -> Mark:
    seeds = [
        base64.urlsafe_b64encode(keys.blind_index("visits.mark", f"{checkpoint_id}:{verdict}:{window}")).decode()
        for window in range(first, first + count)
    ]
    return Mark(datetime.fromtimestamp(first * WINDOW_S, UTC), WINDOW_S, seeds)
