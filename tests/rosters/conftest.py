"""A roster of a unit, and how a file comes into it."""

from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest

from tests.rosters.files import xlsx
from tests.support.house import Client, House
from tests.support.runs import finished, upload, work_off
from tests.support.story import LONGGUAN

Import = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def longguan(house: House) -> Client:
    return await house.staff("longguan")


@pytest.fixture
async def roster(longguan: Client) -> int:
    body = {"unit_id": LONGGUAN.id, "name": "钢铁厂员工", "kind": "employees"}
    answer = await longguan.post("/rosters", body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


@pytest.fixture
async def import_file(house: House, cast: psycopg.Connection, longguan: Client, roster: int) -> Import:
    """Uploads a file, imports it and returns the finished run."""

    async def import_(content: bytes | list[list[Any]], **options: Any) -> dict[str, Any]:
        data = xlsx(content) if isinstance(content, list) else content
        body = {"upload_id": await upload(longguan, "people.xlsx", data), "dry_run": False} | options
        answer = await longguan.post(f"/rosters/{roster}/import", body)
        assert answer.status_code == 202, answer.text
        await work_off(house, cast)
        return await finished(longguan, answer.json()["run_id"])

    return import_
