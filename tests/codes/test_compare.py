"""What another plan would change, unit by unit."""

import psycopg

from lianfang.codes.compare import alone, compare
from lianfang.codes.derive import recolour
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.plans.packs import pack
from tests.codes.cases import DAY, tell, told
from tests.support.people import somebody
from tests.support.story import LONGGUAN_DOOR, XIWANZI_DOOR
from tests.support.visits import Visit, add_people, add_visits


async def test_the_tree_shows_whom_another_plan_would_change_and_nothing_changes(
    worker: Database, lane_db: Database, cast: psycopg.Connection, keys: Keys
) -> None:
    first, second, third, fourth = add_people(cast, keys, [somebody() for _ in range(4)])
    at = now()
    add_visits(
        cast,
        keys,
        [
            Visit(first, XIWANZI_DOOR, at - 2 * DAY),
            Visit(first, LONGGUAN_DOOR, at - DAY),
            Visit(second, XIWANZI_DOOR, at - DAY),
            Visit(fourth, LONGGUAN_DOOR, at - DAY),
        ],
    )
    await tell(
        worker,
        told(first, "contact_order", "close", at - 6 * DAY),
        told(second, "contact_order", "second", at - DAY),
        told(third, "contact_order", "second", at - DAY),
        told(fourth, "contact_order", "close", at - DAY),
    )
    await recolour(worker)
    found = await compare(worker, lane_db, alone(pack("v9"), at), alone(pack("v20"), at), now())
    assert (found.people, found.changed) == (4, 3)
    assert found.changes == [("red", "yellow"), ("yellow", "green")]
    changes = {(unit.name, unit.depth): unit.changes for unit in found.units[:-1]}
    assert changes == {
        ("河北省", 0): {"red→yellow": 1, "yellow→green": 1},
        ("张家口市", 1): {"red→yellow": 1, "yellow→green": 1},
        ("赤城县", 2): {"red→yellow": 1},
        ("龙关镇", 3): {"red→yellow": 1},
        ("崇礼区", 2): {"yellow→green": 1},
        ("西湾子镇", 3): {"yellow→green": 1},
    }
    assert (found.units[-1].id, found.units[-1].changes) == (None, {"yellow→green": 1})
    assert cast.execute("SELECT count(*) FROM plan_adoptions WHERE key = 'v9'").fetchone() == (0,)
