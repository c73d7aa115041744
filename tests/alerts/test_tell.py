"""Telling the contacts: those of the door's unit and above, each once, within two seconds, without saying who it is."""

import asyncio
import json
import time
from datetime import timedelta

import psycopg
import pytest

from lianfang.alerts import tell
from lianfang.alerts.tell import Teller
from lianfang.config import Settings
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.notices import open as ways
from lianfang.notices.deliver import deliver_due
from tests.alerts.fake_wecom import KEY, Wecom
from tests.alerts.fevers import add_fever, ring
from tests.support.house import House
from tests.support.people import Resident, somebody
from tests.support.story import CHICHENG, DIAOE, HEBEI, LONGGUAN, YIJIE, YIJIE_DOOR, Unit

PHONES = {
    HEBEI: "13800000001",
    CHICHENG: "13800000002",
    LONGGUAN: "13800000003",
    YIJIE: "13800000004",
    DIAOE: "13800000005",
}


def add_contact(
    owner: psycopg.Connection, keys: Keys, unit: Unit, target: str, channel: str = "sms", language: str = "zh-CN"
) -> int:
    row = owner.execute("SELECT nextval(pg_get_serial_sequence('alert_contacts', 'id'))").fetchone()
    assert row is not None
    owner.execute(
        "INSERT INTO alert_contacts (id, unit_id, ord, label, channel, target, language) VALUES (%s, %s, %s, '值班', %s, %s, %s)",
        [row[0], unit.id, unit.lo, channel, keys.encrypt(target, tell.target_place(row[0])), language],
    )
    return int(row[0])


def notices(owner: psycopg.Connection, keys: Keys) -> list[tuple[str, dict[str, str]]]:
    """(recipient, parameters) in the order written."""
    rows = owner.execute("SELECT id, recipient, parameters FROM notices ORDER BY id").fetchall()
    return [
        (
            keys.decrypt(recipient, f"notices.recipient:{id}"),
            json.loads(keys.decrypt(parameters, f"notices.parameters:{id}")),
        )
        for id, recipient, parameters in rows
    ]


@pytest.fixture
def phones(cast: psycopg.Connection, keys: Keys) -> dict[Unit, int]:
    return {unit: add_contact(cast, keys, unit, phone) for unit, phone in PHONES.items()}


async def test_the_unit_and_every_unit_above_are_told_once(
    worker: Database, cast: psycopg.Connection, keys: Keys, phones: dict[Unit, int]
) -> None:
    add_fever(cast, keys, YIJIE_DOOR)
    assert await tell.tell(worker, keys, Settings()) == 1
    assert await tell.tell(worker, keys, Settings()) == 0
    told = {recipient for recipient, _ in notices(cast, keys)}
    assert told == {PHONES[unit] for unit in (HEBEI, CHICHENG, LONGGUAN, YIJIE)}
    assert len(notices(cast, keys)) == 4


async def test_several_workers_tell_nobody_twice(
    worker: Database, cast: psycopg.Connection, keys: Keys, phones: dict[Unit, int]
) -> None:
    for _ in range(8):
        add_fever(cast, keys, YIJIE_DOOR)
    await asyncio.gather(*(tell.tell(worker, keys, Settings()) for _ in range(4)))
    await tell.tell(worker, keys, Settings())
    assert len(notices(cast, keys)) == 8 * 4
    assert cast.execute("SELECT count(DISTINCT notice_id) FROM alert_notices").fetchone() == (32,)


async def test_a_message_says_where_when_and_how_hot_and_not_who(
    worker: Database, cast: psycopg.Connection, keys: Keys
) -> None:
    who: Resident = somebody("司马相如")
    add_contact(cast, keys, YIJIE, "13800000004")
    add_contact(cast, keys, LONGGUAN, KEY, "wecom")
    add_contact(cast, keys, CHICHENG, KEY, "wecom", "en")
    at = now().replace(hour=0, minute=15, second=0, microsecond=0)
    if at > now():
        at -= timedelta(days=1)
    add_fever(cast, keys, YIJIE_DOOR, 38.25, who=who, recorded_at=at)
    await tell.tell(worker, keys, Settings(timezone="Asia/Shanghai"))
    written = notices(cast, keys)
    if now() - at > tell.WORTH_TELLING:
        assert written == []
        return
    (_, sms), (_, chinese), (_, english) = written
    assert sms == {"place": "一街村东口", "time": f"{at:%m-%d} 08:15", "celsius": "38.3"}
    assert chinese["content"].startswith(f"【发热预警】一街村东口（一街村）{at:%m-%d} 08:15 测得 38.3 ℃。")
    assert english["content"].startswith("[Fever alert] 一街村东口 (一街村)")
    for _, parameters in written:
        assert all(secret not in str(parameters) for secret in (who.name, who.document, who.phone))


async def test_a_temperature_from_elsewhere_is_said_to_be(
    worker: Database, cast: psycopg.Connection, keys: Keys
) -> None:
    from tests.support.story import DIAOE_DOOR

    add_contact(cast, keys, YIJIE, KEY, "wecom")
    add_fever(cast, keys, YIJIE_DOOR, measured_at=DIAOE_DOOR)
    await tell.tell(worker, keys, Settings())
    [(_, message)] = notices(cast, keys)
    assert "此前在其他登记点测得" in message["content"]
    assert "雕鹗" not in message["content"]


async def test_what_is_old_alarms_nobody_any_more(
    worker: Database, cast: psycopg.Connection, keys: Keys, phones: dict[Unit, int]
) -> None:
    add_fever(cast, keys, YIJIE_DOOR, recorded_at=now() - tell.WORTH_TELLING - timedelta(minutes=1))
    assert await tell.tell(worker, keys, Settings()) == 1
    assert notices(cast, keys) == []


async def test_a_contact_that_cannot_be_read_keeps_nobody_from_hearing(
    worker: Database, cast: psycopg.Connection, keys: Keys, phones: dict[Unit, int]
) -> None:
    cast.execute("UPDATE alert_contacts SET target = '\\x01' WHERE id = %s", [phones[HEBEI]])
    add_fever(cast, keys, YIJIE_DOOR)
    await tell.tell(worker, keys, Settings())
    assert len(notices(cast, keys)) == 3


async def test_the_group_reads_it(
    worker: Database, cast: psycopg.Connection, keys: Keys, wecom: Wecom, wecom_settings: Settings
) -> None:
    add_contact(cast, keys, YIJIE, KEY, "wecom")
    add_contact(cast, keys, LONGGUAN, "gone" * 9, "wecom")
    add_fever(cast, keys, YIJIE_DOOR, 39.1)
    await tell.tell(worker, keys, wecom_settings)
    wecom.faults = []
    async with ways.open_senders(wecom_settings) as senders:
        assert await deliver_due(worker, keys, senders) == 1
    [message] = wecom.groups[KEY]
    assert "39.1 ℃" in message
    errors = cast.execute("SELECT error, failed_at IS NOT NULL FROM notices WHERE sent_at IS NULL").fetchall()
    assert errors == [("93000", True)]


@pytest.mark.parametrize(("errcode", "wait"), [(45009, 60), (-1, 5)])
async def test_a_busy_robot_is_asked_again(
    worker: Database,
    cast: psycopg.Connection,
    keys: Keys,
    wecom: Wecom,
    wecom_settings: Settings,
    errcode: int,
    wait: int,
) -> None:
    add_contact(cast, keys, YIJIE, KEY, "wecom")
    add_fever(cast, keys, YIJIE_DOOR)
    await tell.tell(worker, keys, wecom_settings)
    wecom.faults = [errcode]
    async with ways.open_senders(wecom_settings) as senders:
        assert await deliver_due(worker, keys, senders) == 0
        due = cast.execute("SELECT round(extract(epoch FROM next_try_at - now()))::int FROM notices").fetchone()
        assert due == (wait,)
        cast.execute("UPDATE notices SET next_try_at = now()")
        assert await deliver_due(worker, keys, senders) == 1


async def test_without_a_gateway_text_messages_wait_and_robots_do_not(
    worker: Database, cast: psycopg.Connection, keys: Keys, wecom_settings: Settings
) -> None:
    add_contact(cast, keys, YIJIE, "13800000004")
    add_contact(cast, keys, YIJIE, KEY, "wecom")
    add_fever(cast, keys, YIJIE_DOOR)
    await tell.tell(worker, keys, wecom_settings)
    async with ways.open_senders(wecom_settings) as senders:
        assert await deliver_due(worker, keys, senders) == 1
    assert cast.execute("SELECT channel, tries FROM notices WHERE sent_at IS NULL").fetchall() == [("sms", 0)]


async def test_a_fever_is_on_the_console_and_in_the_outbox_within_two_seconds(
    house: House, cast: psycopg.Connection, keys: Keys, phones: dict[Unit, int]
) -> None:
    """From the commit: the event at the county's console, the notices to four contacts. Prints what it measured."""
    county = await house.staff("chicheng")
    teller = asyncio.create_task(Teller(house.services.db.worker, keys, Settings()).run())
    try:
        async with county.stream("/alerts/events") as stream:
            assert (await stream.event())["event"] == "hello"
            assert (await stream.event())["event"] == "count"
            figures = []
            for _ in range(5):
                cast.execute("DELETE FROM alert_notices")
                alert = add_fever(cast, keys, YIJIE_DOOR)
                started = time.monotonic()
                ring(cast, alert)
                event = await stream.event()
                while event["event"] != "alert":
                    event = await stream.event()
                shown = time.monotonic() - started
                assert json.loads(event["data"])["id"] == alert
                while cast.execute("SELECT count(*) FROM alert_notices").fetchone() != (4,):
                    assert time.monotonic() - started < 20
                    await asyncio.sleep(0.01)
                figures.append((shown, time.monotonic() - started))
        print("commit to event, to outbox (s):", [(round(a, 3), round(b, 3)) for a, b in figures])
        assert sorted(shown for shown, _ in figures)[2] < 2
        assert sorted(written for _, written in figures)[2] < 2
    finally:
        teller.cancel()
        await asyncio.gather(teller, return_exceptions=True)


async def test_an_alert_whose_bell_was_lost_is_told_by_the_sweep(
    worker: Database, cast: psycopg.Connection, keys: Keys, phones: dict[Unit, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tell, "SWEEP_S", 0.2)
    teller = asyncio.create_task(Teller(worker, keys, Settings()).run())
    try:
        await asyncio.sleep(0.3)
        add_fever(cast, keys, YIJIE_DOOR)  # and nobody rings
        async with asyncio.timeout(20):
            while len(notices(cast, keys)) < 4:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        teller.cancel()
        await asyncio.gather(teller, return_exceptions=True)
