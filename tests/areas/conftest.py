"""The county's centre for disease control, and what people brought into its areas."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from lianfang.kit.clock import now
from tests.support.house import Client, House
from tests.support.runs import work_off

CDC = "张家口市疾控中心"
Stays = Callable[[], dict[int, list[tuple[str, str]]]]


@pytest.fixture
async def city(house: House) -> Client:
    return await house.staff("zhangjiakou")


def bulletin(text: str, days_ago: int = 0, **more: Any) -> dict[str, Any]:
    day = now().astimezone(ZoneInfo("Asia/Shanghai")).date() - timedelta(days=days_ago)
    return {"text": text, "published_on": day.isoformat(), "source": CDC} | more


async def publish(house: House, owner: psycopg.Connection, client: Client, text: str, **more: Any) -> dict[str, Any]:
    """Stores a bulletin, has it confirmed from above, and lets the worker look for those who stayed there."""
    answer = await client.post("/areas/bulletins", bulletin(text, **more))
    assert answer.status_code == 201, answer.text
    await confirm(house, owner, "hebei")
    result: dict[str, Any] = answer.json()
    return result


async def confirm(house: House, owner: psycopg.Connection, username: str) -> int:
    """An account confirms whatever waits for it, and the worker tells those who stayed there; how many areas that were."""
    client = await house.staff(username)
    waiting = (await client.get("/areas/", waiting=True, limit=200)).json()["items"]
    if waiting:
        body = {"areas": [{"id": area["id"], "stated_at": area["stated_at"]} for area in waiting]}
        answer = await client.post("/areas/confirm", body)
        assert answer.status_code == 200, answer.text
    await work_off(house, owner)
    return len(waiting)


@pytest.fixture
def stays(cast: psycopg.Connection) -> Stays:
    """Evidence of stays that nothing corrects: person → (area's name, level)."""

    def look() -> dict[int, list[tuple[str, str]]]:
        found: dict[int, list[tuple[str, str]]] = {}
        query = """
          SELECT e.person_id, a.name, e.result FROM evidence e JOIN risk_areas a ON e.subject = 'area:' || a.id
          WHERE e.kind = 'area_stay'
            AND NOT EXISTS (SELECT FROM evidence c WHERE c.person_id = e.person_id AND c.supersedes = e.id)
          ORDER BY e.person_id, e.id"""
        for person_id, name, result in cast.execute(query).fetchall():
            found.setdefault(person_id, []).append((name.rpartition("县")[2], result))
        return found

    return look
