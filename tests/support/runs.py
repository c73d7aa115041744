"""Runs without a worker process: queued ones are worked here and now."""

from typing import Any

import psycopg

from lianfang.entrypoints.handlers import RUN_HANDLERS
from lianfang.runs.work import Means, execute
from tests.support.house import Client, House


async def work_off(house: House, owner: psycopg.Connection) -> int:
    """Works every queued run, oldest first; how many there were."""
    services = house.services
    db = services.db
    means = Means(services.settings, services.keys, db.app, db.identity, db.worker, db.lane)
    ids = [row[0] for row in owner.execute("SELECT id FROM runs WHERE state IN ('queued', 'running') ORDER BY id")]
    for run_id in ids:
        await execute(run_id, RUN_HANDLERS, means)
    return len(ids)


async def upload(client: Client, name: str, data: bytes) -> int:
    """Uploads a file; its upload_id."""
    answer = await client.http.post(
        "/api/v1/uploads",
        params={"name": name},
        content=data,
        headers={"content-type": "application/octet-stream"},
    )
    assert answer.status_code == 201, answer.text
    return int(answer.json()["upload_id"])


async def finished(client: Client, run_id: int) -> dict[str, Any]:
    """A run that should be done."""
    run: dict[str, Any] = (await client.get(f"/runs/{run_id}")).json()
    assert run["state"] == "done", run
    return run


async def download(client: Client, run_id: int, name: str) -> bytes:
    answer = await client.get(f"/runs/{run_id}/files/{name}")
    assert answer.status_code == 200, answer.text
    return answer.content
