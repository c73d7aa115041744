"""Thermometers in the console: their token, their place, their drift, and whose they are."""

from datetime import timedelta

import psycopg
import pytest

from lianfang.devices import service
from lianfang.kit.clock import now
from lianfang.kit.ids import uuid7
from tests.support.house import House
from tests.support.story import DIAOE_DOOR, LONGGUAN_DOOR, YIJIE_DOOR, Door


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def reading(celsius: float = 36.5, **changed: object) -> dict[str, object]:
    return {"id": str(uuid7()), "celsius": celsius, "at": now().isoformat()} | changed


def add_readings(owner: psycopg.Connection, device_id: int, door: Door, celsius: float, n: int) -> None:
    for minute in range(n):
        owner.execute(
            "INSERT INTO device_readings (device_id, id, ord, checkpoint_id, celsius, at, received_at, state)"
            " VALUES (%s, %s, %s, %s, %s, %s, now(), 'used')",
            [
                device_id,
                uuid7(),
                door.unit.lo,
                door.id,
                celsius + (minute % 3 - 1) / 10,
                now() - timedelta(minutes=minute),
            ],
        )


async def test_a_token_is_shown_once_and_stored_as_a_digest(house: House, cast: psycopg.Connection) -> None:
    clerk = await house.staff("clerk")
    made = (await clerk.post("/devices", {"name": "东口 1 号", "checkpoint_id": YIJIE_DOOR.id})).json()
    assert made["token"].startswith("LFD1.")
    [shown] = (await clerk.get("/devices")).json()["items"]
    assert made["token"] not in str(shown)
    assert (shown["checkpoint"], shown["unit"], shown["revoked"], shown["seen_at"]) == (
        "一街村东口",
        "一街村",
        False,
        None,
    )
    stored = cast.execute("SELECT d::text FROM devices d").fetchone()
    assert stored is not None
    assert made["token"] not in stored[0]
    device = await house.client()
    assert (await device.post("/temperatures", reading(), **bearer(made["token"]))).status_code == 200
    assert (await clerk.get("/devices")).json()["items"][0]["seen_at"]


async def test_a_renewed_or_revoked_token_ends_at_once(house: House) -> None:
    clerk, device = await house.staff("clerk"), await house.client()
    made = (await clerk.post("/devices", {"name": "枪", "checkpoint_id": YIJIE_DOOR.id})).json()
    renewed = (await clerk.post(f"/devices/{made['id']}/renew")).json()
    assert (await device.post("/temperatures", reading(), **bearer(made["token"]))).status_code == 401
    assert (await device.post("/temperatures", reading(), **bearer(renewed["token"]))).status_code == 200
    assert (await clerk.post(f"/devices/{made['id']}/revoke")).status_code == 204
    assert (await device.post("/temperatures", reading(), **bearer(renewed["token"]))).status_code == 401
    assert (await clerk.get("/devices")).json()["items"][0]["revoked"] is True


async def test_whoever_tries_tokens_is_slowed_and_a_good_one_is_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BAD_TOKENS_PER_ADDRESS", service.BAD_TOKENS_PER_ADDRESS._replace(tries=3))
    clerk, stranger = await house.staff("clerk"), await house.client()
    made = (await clerk.post("/devices", {"name": "枪", "checkpoint_id": YIJIE_DOOR.id})).json()
    codes = [
        (await stranger.post("/temperatures", reading(), **bearer(token))).status_code
        for token in ("LFD1.guess", "", clerk.cookie, "LFD1.guess")
    ]
    assert codes == [401, 401, 401, 429]
    assert (await stranger.post("/temperatures", reading(), **bearer(made["token"]))).status_code == 200


async def test_devices_of_others_are_out_of_reach(house: House) -> None:
    town, other, gate = await house.staff("longguan"), await house.staff("diaoe"), await house.staff("gate01")
    made = (await town.post("/devices", {"name": "枪", "checkpoint_id": LONGGUAN_DOOR.id})).json()
    for answer in (
        await other.patch(f"/devices/{made['id']}", {"name": "x"}),
        await other.post(f"/devices/{made['id']}/renew"),
        await other.post(f"/devices/{made['id']}/revoke"),
    ):
        assert answer.status_code == 404
    assert (await other.get("/devices")).json()["items"] == []
    assert (await gate.get("/devices")).status_code == 403
    for checkpoint in (DIAOE_DOOR.id, 987654):
        for answer in (
            await town.post("/devices", {"name": "枪", "checkpoint_id": checkpoint}),
            await town.patch(f"/devices/{made['id']}", {"checkpoint_id": checkpoint}),
        ):
            assert answer.json()["errors"][0]["field"] == "checkpoint_id"
    county = await house.staff("chicheng")
    moved = await county.patch(f"/devices/{made['id']}", {"checkpoint_id": DIAOE_DOOR.id, "name": "借用"})
    assert (moved.json()["checkpoint"], moved.json()["name"]) == ("雕鹗卫生院", "借用")
    assert [one["id"] for one in (await other.get("/devices")).json()["items"]] == [made["id"]]


async def test_a_device_that_drifts_is_shown_with_both_medians(house: House, cast: psycopg.Connection) -> None:
    clerk = await house.staff("clerk")
    ids = [
        (await clerk.post("/devices", {"name": f"{n} 号", "checkpoint_id": YIJIE_DOOR.id})).json()["id"]
        for n in (1, 2, 3)
    ]
    for device_id, celsius, n in ((ids[0], 36.5, 40), (ids[1], 36.5, 40), (ids[2], 37.0, 40)):
        add_readings(cast, device_id, YIJIE_DOOR, celsius, n)
    shown = {one["id"]: one["drift"] for one in await clerk.pages("/devices", limit=2)}
    assert [shown[device_id]["flagged"] for device_id in ids] == [False, False, True]
    third = shown[ids[2]]
    assert (third["own"], third["own_n"], third["neighbours"], third["neighbours_n"], third["delta"]) == (
        37.0,
        40,
        36.5,
        80,
        0.5,
    )
    assert third["devices"] == 2
