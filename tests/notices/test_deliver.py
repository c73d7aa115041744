"""Notices: sent if and only if their cause was committed, once, and not after they have expired."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest

from lianfang.config import Settings
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.notices import deliver, service, sms
from lianfang.notices.sms import SmsGateway
from tests.notices.fake_provider import KEY_ID, KEY_SECRET, Provider, serve

PHONE = "13800138000"


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
async def gateway(provider: Provider) -> AsyncIterator[SmsGateway]:
    async with serve(provider) as url:
        settings = Settings(sms_url=url, sms_key_id=KEY_ID, sms_key_secret=KEY_SECRET)
        async with sms.open_gateway(settings) as gateway:
            assert gateway is not None
            yield gateway


async def post(identity: Database, keys: Keys, code: str = "123456", valid: timedelta = timedelta(minutes=5)) -> int:
    async with identity.transaction() as conn:
        return await service.post_sms(conn, keys, PHONE, "SMS_1", {"code": code}, now() + valid)


def state(owner: psycopg.Connection, notice_id: int) -> dict[str, object]:
    columns = ("sent", "failed", "receipt", "error", "tries", "wait")
    row = owner.execute(
        "SELECT sent_at IS NOT NULL, failed_at IS NOT NULL, receipt, error, tries,"
        " round(extract(epoch FROM next_try_at - now()))::int FROM notices WHERE id = %s",
        [notice_id],
    ).fetchone()
    assert row is not None
    return dict(zip(columns, row, strict=True))


async def test_a_notice_is_sent_once(
    identity: Database, worker: Database, keys: Keys, gateway: SmsGateway, provider: Provider, owner: psycopg.Connection
) -> None:
    notice = await post(identity, keys)
    assert await deliver.deliver_due(worker, keys, {"sms": gateway}) == 1
    assert await deliver.deliver_due(worker, keys, {"sms": gateway}) == 0
    [message] = provider.messages
    assert (message["PhoneNumbers"], message["TemplateParam"], message["OutId"]) == (
        PHONE,
        '{"code": "123456"}',
        str(notice),
    )
    assert state(owner, notice) | {"wait": None} == {
        "sent": True, "failed": False, "receipt": "biz-1^0", "error": None, "tries": 1, "wait": None
    }  # fmt: skip


async def test_what_was_rolled_back_is_not_sent(
    identity: Database, worker: Database, keys: Keys, gateway: SmsGateway, provider: Provider
) -> None:
    async def fail_after_posting() -> None:
        async with identity.transaction() as conn:
            await service.post_sms(conn, keys, PHONE, "SMS_1", {"code": "1"}, now() + timedelta(minutes=5))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_after_posting()
    assert await deliver.deliver_due(worker, keys, {"sms": gateway}) == 0
    assert provider.requests == 0


async def test_a_passing_trouble_is_tried_again_after_a_pause(
    identity: Database, worker: Database, keys: Keys, gateway: SmsGateway, provider: Provider, owner: psycopg.Connection
) -> None:
    notice = await post(identity, keys)
    provider.answers = [(503, "ServiceUnavailable"), (400, "Throttling.User")]
    for tries, wait in ((1, 5), (2, 10)):
        assert await deliver.deliver_due(worker, keys, {"sms": gateway}) == 0
        assert await deliver.deliver_due(worker, keys, {"sms": gateway}) == 0  # not before the pause is over
        now_state = state(owner, notice)
        assert (now_state["tries"], now_state["sent"], now_state["failed"]) == (tries, False, False)
        assert abs(int(str(now_state["wait"])) - wait) <= 1
        owner.execute("UPDATE notices SET next_try_at = now()")
    assert await deliver.deliver_due(worker, keys, {"sms": gateway}) == 1
    assert provider.requests == 3


async def test_a_refused_notice_is_not_tried_again(
    identity: Database, worker: Database, keys: Keys, gateway: SmsGateway, provider: Provider, owner: psycopg.Connection
) -> None:
    bad, good = await post(identity, keys), await post(identity, keys)
    provider.answers = [(200, "isv.MOBILE_NUMBER_ILLEGAL")]
    assert await deliver.deliver_due(worker, keys, {"sms": gateway}) == 1  # its neighbour is unharmed
    owner.execute("UPDATE notices SET next_try_at = now()")
    assert await deliver.deliver_due(worker, keys, {"sms": gateway}) == 0
    states = [state(owner, bad), state(owner, good)]
    assert sorted(str(s["error"]) for s in states) == ["None", "isv.MOBILE_NUMBER_ILLEGAL"]
    assert [s["failed"] for s in states] != [s["sent"] for s in states]


async def test_an_expired_notice_is_not_sent_and_goes_after_a_day(
    identity: Database, worker: Database, keys: Keys, gateway: SmsGateway, provider: Provider, owner: psycopg.Connection
) -> None:
    await post(identity, keys, valid=timedelta(seconds=-1))
    assert await deliver.deliver_due(worker, keys, {"sms": gateway}) == 0
    assert provider.requests == 0
    assert await service.tidy(worker) == 0
    owner.execute("UPDATE notices SET expires_at = now() - interval '25 hours'")
    assert await service.tidy(worker) == 1


async def test_two_workers_send_each_notice_once(
    identity: Database, worker: Database, keys: Keys, gateway: SmsGateway, provider: Provider
) -> None:
    for number in range(45):
        await post(identity, keys, f"{number:06d}")
    counts = await asyncio.gather(*(deliver.deliver_due(worker, keys, {"sms": gateway}) for _ in range(3)))
    assert sum(counts) == 45
    codes = [message["TemplateParam"] for message in provider.messages]
    assert len(codes) == len(set(codes)) == 45


async def test_what_a_dead_worker_had_claimed_comes_back_after_the_lease(
    identity: Database, worker: Database, keys: Keys, gateway: SmsGateway, owner: psycopg.Connection
) -> None:
    notice = await post(identity, keys)
    async with worker.transaction() as conn:
        [claimed] = await deliver.store.worker_claim(conn, ["sms"], limit=10, lease_s=60)
    assert claimed.id == notice
    assert await deliver.deliver_due(worker, keys, {"sms": gateway}) == 0
    owner.execute("UPDATE notices SET next_try_at = now()")
    assert await deliver.deliver_due(worker, keys, {"sms": gateway}) == 1


async def test_a_notice_of_another_key_harms_no_other(
    identity: Database, worker: Database, keys: Keys, gateway: SmsGateway, owner: psycopg.Connection
) -> None:
    foreign = await post(identity, Keys(bytes(32)))
    await post(identity, keys)
    assert await deliver.deliver_due(worker, keys, {"sms": gateway}) == 1
    assert state(owner, foreign)["error"] == "undecipherable"


async def test_neither_number_nor_code_is_readable_in_the_table(
    identity: Database, keys: Keys, owner: psycopg.Connection
) -> None:
    await post(identity, keys, "654321")
    row = owner.execute(
        "SELECT notices::text, encode(recipient, 'escape'), encode(parameters, 'escape') FROM notices"
    ).fetchone()
    assert PHONE not in str(row)
    assert "654321" not in str(row)


async def test_only_the_worker_reads_notices(identity: Database, db: Database, keys: Keys) -> None:
    await post(identity, keys)
    for database in (identity, db):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with database.transaction() as conn:
                await conn.execute("SELECT recipient FROM notices")


@pytest.mark.parametrize(("tries", "seconds"), [(1, 5), (2, 10), (4, 40), (7, 300), (1000, 300)])
def test_pauses_grow_up_to_five_minutes(tries: int, seconds: int) -> None:
    assert deliver.pause(tries) == seconds
