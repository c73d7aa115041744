"""Reminders: to those who have not reported, once a day, whoever is started again. Forgetting: after four weeks."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from lianfang.config import Settings
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.notices import store as notices
from lianfang.resumption import jobs
from lianfang.resumption.jobs import forget, remind
from tests.resumption.conftest import TODAY, Works, report
from tests.support.database import MASTER
from tests.support.house import House

SETTINGS = Settings(secret_key=MASTER.hex(), sms_url="https://sms.example.org")
AT_FIVE = datetime(2022, 11, 22, 9, 0, tzinfo=UTC)


def messages(owner: psycopg.Connection, keys: Keys) -> list[tuple[str, dict[str, Any], datetime]]:
    rows = owner.execute("SELECT id, recipient, parameters, expires_at FROM notices ORDER BY id").fetchall()
    return [
        (
            keys.decrypt(recipient, f"notices.recipient:{id_}"),
            msgspec.json.decode(keys.decrypt(parameters, f"notices.parameters:{id_}")),
            expires_at,
        )
        for id_, recipient, parameters, expires_at in rows
    ]


async def test_who_has_not_reported_by_the_hour_is_reminded_once(
    house: House, works: Works, owner: psycopg.Connection, worker: Database, keys: Keys
) -> None:
    await works.plan(remind_at="17:00:00")
    await report(await house.resident(works.people[0]), works.roster)
    owner.execute("DELETE FROM notices")
    assert await remind(worker, keys, SETTINGS, AT_FIVE - timedelta(seconds=1)) == 0
    assert await remind(worker, keys, SETTINGS, AT_FIVE) == 2  # one has reported, one has no telephone
    sent = messages(owner, keys)
    assert [phone for phone, _, _ in sent] == ["+86" + who.phone for who in works.people[1:3]]
    assert sent[0][1] == {"company": "龙关镇", "time": "18:00"}
    assert {expires.astimezone(UTC) for _, _, expires in sent} == {datetime(2022, 11, 22, 10, 0, tzinfo=UTC)}
    for minutes in (0, 5, 59):
        assert await remind(worker, keys, SETTINGS, AT_FIVE + timedelta(minutes=minutes)) == 0
    assert len(messages(owner, keys)) == 2
    assert (await works.day(day=TODAY.isoformat()))["total"]["reminded"] == 2
    assert [m["reminded_at"] is not None for m in await works.members(day=TODAY.isoformat())] == [
        False,
        True,
        True,
        False,
    ]
    assert await remind(worker, keys, SETTINGS, AT_FIVE + timedelta(1)) == 3  # another day


async def test_workers_beside_each_other_send_one_message(
    works: Works, owner: psycopg.Connection, worker: Database, keys: Keys
) -> None:
    await works.plan(remind_at="17:00:00")
    sent = await asyncio.gather(*(remind(worker, keys, SETTINGS, AT_FIVE) for _ in range(4)))
    assert sorted(sent) == [0, 0, 0, 3]
    assert len(messages(owner, keys)) == 3


async def test_a_worker_that_dies_between_note_and_message_has_done_neither(
    works: Works, owner: psycopg.Connection, worker: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    await works.plan(remind_at="17:00:00")
    alive = notices.identity_insert
    written = []

    async def dies(*args: Any, **named: Any) -> None:
        await alive(*args, **named)
        written.append(args)
        if len(written) == 2:
            raise ConnectionError("killed")

    monkeypatch.setattr(notices, "identity_insert", dies)
    with pytest.raises(ConnectionError):
        await remind(worker, keys, SETTINGS, AT_FIVE)
    assert messages(owner, keys) == []
    assert owner.execute("SELECT count(*) FROM report_reminders").fetchone() == (0,)
    monkeypatch.setattr(notices, "identity_insert", alive)
    assert await remind(worker, keys, SETTINGS, AT_FIVE) == 3
    assert len(messages(owner, keys)) == 3


async def test_no_more_messages_are_sent_than_the_quota(
    works: Works, owner: psycopg.Connection, worker: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 1)
    await works.plan(remind_at="17:00:00", quota=2)
    assert await remind(worker, keys, SETTINGS, AT_FIVE) == 2
    assert await remind(worker, keys, SETTINGS, AT_FIVE) == 0
    await works.plan(remind_at="17:00:00", quota=0)
    assert await remind(worker, keys, SETTINGS, AT_FIVE + timedelta(1)) == 0
    assert len(messages(owner, keys)) == 2


@pytest.mark.parametrize(
    ("changed", "now", "given"),
    [
        ({"remind_at": None}, AT_FIVE, SETTINGS),
        ({"remind_at": "17:00:00"}, AT_FIVE + timedelta(hours=1), SETTINGS),  # the hour itself is over
        ({"remind_at": "17:00:00"}, AT_FIVE - timedelta(60), SETTINGS),  # nobody had to report yet
        ({"remind_at": "17:00:00"}, AT_FIVE, Settings(secret_key=MASTER.hex())),  # no gateway
    ],
)
async def test_nobody_is_reminded_in_vain(
    works: Works,
    owner: psycopg.Connection,
    worker: Database,
    keys: Keys,
    changed: dict[str, Any],
    now: datetime,
    given: Settings,
) -> None:
    await works.plan(**changed)
    assert await remind(worker, keys, given, now) == 0
    assert owner.execute("SELECT count(*) FROM report_reminders").fetchone() == (0,)


async def test_a_category_is_reminded_until_its_own_hour(works: Works, worker: Database, keys: Keys) -> None:
    await works.plan(
        {"job_category": "", "starts_on": "2022-11-01", "due": "18:00:00"},
        {"job_category": "焊工", "starts_on": "2022-11-01", "due": "09:00:00"},
        remind_at="08:00:00",
    )
    assert (
        await remind(worker, keys, SETTINGS, datetime(2022, 11, 22, 1, 0, tzinfo=UTC)) == 2
    )  # nine: too late for the welder


async def test_reports_are_forgotten_after_four_weeks(
    house: House, works: Works, owner: psycopg.Connection, worker: Database
) -> None:
    await report(await house.resident(works.people[0]), works.roster, temperature=38)
    await works.admin.post(
        f"/resumption/follow-ups/{(await works.admin.pages('/resumption/follow-ups'))[0]['id']}/steps",
        {"action": "contact", "note": "已联系"},
    )
    midnight = datetime(2022, 12, 20, 16, 0, tzinfo=UTC)  # the 29th day begins in Shanghai
    assert await forget(worker, SETTINGS, midnight - timedelta(seconds=1)) == 0
    assert owner.execute("SELECT count(*) FROM daily_reports").fetchone() == (1,)
    assert await forget(worker, SETTINGS, midnight) == 1
    for table in ("daily_reports", "follow_ups", "follow_up_notes", "report_reminders"):
        assert owner.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == (0,), table
    assert owner.execute("SELECT detail FROM audit_log WHERE action = 'resumption.forget'").fetchone() == (
        {"dropped": 1},
    )
