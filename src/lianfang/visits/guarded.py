"""Scans for somebody in the care of whoever sends them: whether they may. Asked only where a batch has such scans."""

from collections.abc import Mapping
from typing import NamedTuple

from lianfang.family import store as family
from lianfang.family.service import refusal
from lianfang.kit.db import Connection
from lianfang.kit.errors import NOT_SIGNED_IN, Problem
from lianfang.visits import store
from lianfang.visits.rows import Number


class Guardian(NamedTuple):
    """Who scans for somebody in their care, and of which of their sessions."""

    person_id: int
    epoch: int


async def refused(conn: Connection, scans: Mapping[Number, Guardian]) -> dict[Number, Problem]:
    """Those of them that are not accepted: of sessions that have ended, and for people who are in nobody's care."""
    pairs = {(guardian.person_id, scan[0]) for scan, guardian in scans.items()}
    guardians = await store.lane_people(conn, list({guardian for guardian, _ in pairs}))
    in_care = await family.lane_in_care(conn, pairs)
    found: dict[Number, Problem] = {}
    for scan, (guardian_id, epoch) in scans.items():
        guardian = guardians.get(guardian_id)
        problem = refusal(in_care.get((guardian_id, scan[0])))
        if guardian is None or guardian.epoch != epoch:
            problem = NOT_SIGNED_IN()
        if problem:
            found[scan] = problem
    return found
