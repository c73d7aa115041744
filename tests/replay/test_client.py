"""The replay against a small instance: every row is accounted for, whatever happens to the server."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from lianfang.replay.client import ReplayError, Result, replay
from lianfang.replay.plan import BadRow, Place, Plan, Scan, scan_id
from lianfang.replay.wire import Answer, Line, Wire
from tests.replay.fake import PASSWORD, FakeInstance, drop

BEGIN = datetime(2012, 4, 3, 18, 0, tzinfo=UTC)


def plan_of(rows: int, *, users: int = 30, places: int = 50, rejected: int = 0) -> Plan:
    """`rows` different scans of a stream called nyc."""
    scans = []
    for row in range(rows):
        at = BEGIN + timedelta(minutes=row)
        user, venue = row % users, row % places
        scans.append(Scan(scan_id("nyc", str(user), str(venue), at), user, venue, f"{at:%Y-%m-%dT%H:%M:%S}.000Z"))
    return Plan(
        stream="nyc",
        users=tuple(str(user) for user in range(users)),
        places=tuple(Place(f"nyc-{venue}", f"Bar {venue}", "shop", 40.7, -74.0) for venue in range(places)),
        scans=tuple(scans),
        rejected=tuple(BadRow(line, "utc_time", "format") for line in range(rejected)),
    )


@pytest.fixture
async def instance() -> AsyncIterator[FakeInstance]:
    fake = FakeInstance()
    await fake.start()
    yield fake
    await fake.stop()


async def play(instance: FakeInstance, plan: Plan, **options: Any) -> Result:
    result = await replay(plan, f"http://127.0.0.1:{instance.port}", "import", PASSWORD, **options)
    assert result.sent == result.stored + result.duplicates + result.rejected + result.unknown
    assert result.sent + result.not_sent == plan.rows
    return result


async def test_every_scan_is_stored_with_its_person_place_and_time(instance: FakeInstance) -> None:
    plan = plan_of(500)
    result = await play(instance, plan)
    assert (result.sent, result.stored, result.duplicates, result.rejected, result.unknown) == (500, 500, 0, 0, 0)
    assert (result.people, result.checkpoints, result.reasons) == (30, 50, {})
    assert result.seconds > 0
    assert result.scans_per_s > 0
    assert instance.scans == {
        scan.scan_id: (f"CODE-nyc-{scan.venue}", f"ref-nyc-{scan.user}", scan.at) for scan in plan.scans
    }


async def test_a_second_replay_stores_nothing(instance: FakeInstance) -> None:
    plan = plan_of(300)
    await play(instance, plan)
    result = await play(instance, plan)
    assert (result.stored, result.duplicates) == (0, 300)
    assert len(instance.scans) == 300


async def test_duplicate_rows_are_counted_as_duplicates(instance: FakeInstance) -> None:
    plan = plan_of(100)
    doubled = Plan(plan.stream, plan.users, plan.places, plan.scans + plan.scans[:17], ())
    result = await play(instance, doubled)
    assert (result.sent, result.stored, result.duplicates) == (117, 100, 17)


async def test_people_and_places_go_in_calls_of_a_thousand(instance: FakeInstance) -> None:
    await play(instance, plan_of(10, users=2_001, places=1_000))
    assert instance.people_calls == [1_000, 1_000, 1]
    assert instance.place_calls == [1_000]


async def test_bad_rows_and_refusals_are_counted_by_their_reason(instance: FakeInstance) -> None:
    plan = plan_of(100, rejected=3)
    odd = {scan.scan_id: place for place, scan in enumerate(plan.scans)}
    instance.refused_documents = {"nyc-4"}  # of the rows 4, 34, 64, 94

    async def refuse(_: web.Request, body: dict[str, Any]) -> web.Response | None:
        match odd[body["scan_id"]]:
            case 10 | 11:
                return instance.problem(422, "invalid_request", {"field": "at", "code": "too_old", "detail": "…"})
            case 12:
                return instance.problem(409, "scan_id_reused")
            case 13:
                return web.Response(status=413, text="<html>")
        return None

    instance.before = refuse
    result = await play(instance, plan)
    assert result.reasons == {
        "row.utc_time": 3,
        "person_refused": 4,
        "invalid_request:at.too_old": 2,
        "scan_id_reused": 1,
        "http_413": 1,
    }
    assert (result.sent, result.stored, result.rejected) == (103, 92, 11)
    assert result.people == 29


async def test_a_busy_server_is_asked_again_after_the_time_it_names(instance: FakeInstance) -> None:
    asked: dict[str, list[float]] = {}

    async def busy_at_first(_: web.Request, body: dict[str, Any]) -> web.Response | None:
        asked.setdefault(body["scan_id"], []).append(time.monotonic())
        return instance.problem(503, "busy", retry_after="1") if len(asked[body["scan_id"]]) == 1 else None

    instance.before = busy_at_first
    result = await play(instance, plan_of(40))
    assert (result.stored, result.duplicates, result.reasons) == (40, 0, {})
    assert all(len(times) == 2 and 1.0 <= times[1] - times[0] < 2.5 for times in asked.values())


async def test_lost_connections_lose_and_double_nothing(instance: FakeInstance) -> None:
    instance.before = instance.after = drop
    instance.close_each = True
    plan = plan_of(1_000)
    result = await play(instance, plan, connections=16)
    assert result.stored + result.duplicates == 1_000
    assert set(instance.scans) == {scan.scan_id for scan in plan.scans}
    assert instance.requests > 1_000


async def test_a_restarted_server_is_found_again(instance: FakeInstance) -> None:
    plan = plan_of(400)

    async def slow(_: web.Request, body: dict[str, Any]) -> web.Response | None:
        await asyncio.sleep(0.02)
        return None

    instance.before = slow
    running = asyncio.create_task(play(instance, plan, connections=8))
    await instance.until_stored(50)
    await instance.stop()
    await asyncio.sleep(0.3)
    await instance.start()
    result = await running
    assert (result.stored + result.duplicates, result.unknown) == (400, 0)
    assert len(instance.scans) == 400


async def test_a_server_that_stays_away_leaves_a_true_account(instance: FakeInstance, tmp_path: Path) -> None:
    plan = plan_of(5_000)
    running = asyncio.create_task(
        play(instance, plan, connections=8, patience_s=0.5, ledger=tmp_path / "acknowledged.csv")
    )
    await instance.until_stored(200)
    await instance.stop()
    result = await running
    assert 0 < result.unknown <= 8
    assert result.not_sent > 0
    lines = (tmp_path / "acknowledged.csv").read_text().splitlines()
    assert len(lines) == result.stored
    assert len(instance.scans) - 8 <= result.stored <= len(instance.scans)


async def test_the_ledger_names_every_acknowledged_scan(instance: FakeInstance, tmp_path: Path) -> None:
    ledger = tmp_path / "acknowledged.csv"
    plan = plan_of(200)
    await play(instance, plan, ledger=ledger)
    await play(instance, plan, ledger=ledger)  # goes on in the same file
    lines = Counter(tuple(line.split(",")) for line in ledger.read_text().splitlines())
    assert lines == {(scan.scan_id, plan.users[scan.user]): 2 for scan in plan.scans}


async def test_a_scan_the_server_always_fails_on_does_not_hold_up_the_others(
    instance: FakeInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lianfang.replay.client._PAUSE_MAX_S", 0.01)
    plan = plan_of(100)

    async def fail(_: web.Request, body: dict[str, Any]) -> web.Response | None:
        return instance.problem(500, "internal_error") if body["scan_id"] == plan.scans[5].scan_id else None

    instance.before = fail
    result = await play(instance, plan)
    assert (result.stored, result.unknown, result.reasons) == (99, 1, {"http_500": 1})


async def test_a_wrong_password_is_said_at_once(instance: FakeInstance) -> None:
    with pytest.raises(ReplayError, match="login_failed") as error:
        await replay(plan_of(1), f"http://127.0.0.1:{instance.port}", "import", "wrong")
    assert (error.value.step, error.value.code) == ("sign in", "login_failed")
    assert instance.requests == 0


async def test_an_address_that_is_no_instance_is_said(instance: FakeInstance) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    with pytest.raises(ReplayError, match="not_lianfang"):
        await replay(plan_of(1), address(server), "import", PASSWORD)
    server.close()


async def test_no_server_is_said_after_the_patience(instance: FakeInstance) -> None:
    await instance.stop()
    begin = time.monotonic()
    with pytest.raises(ReplayError, match="no_answer"):
        await replay(plan_of(1), f"http://127.0.0.1:{instance.port}", "import", PASSWORD, patience_s=0.3)
    assert time.monotonic() - begin < 3


async def test_progress_ends_at_all_rows(instance: FakeInstance) -> None:
    seen: list[tuple[int, int]] = []
    await play(instance, plan_of(300, rejected=5), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (305, 305)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


async def test_an_empty_stream_sends_nothing(instance: FakeInstance) -> None:
    result = await play(instance, plan_of(0, users=0, places=0))
    assert (result.sent, result.stored) == (0, 0)


def address(server: asyncio.Server) -> str:
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_silent_server_is_given_up_and_its_late_answer_not_mistaken() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readuntil(b"}")
        await asyncio.sleep(0.8 if b"slow" in first else 0)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + (b"{}" if b"slow" in first else b"ok"))
        await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    wire = Wire(address(server), timeout_s=0.6)
    line = Line(wire)
    with pytest.raises(OSError, match="ended before"):
        await line.ask(wire.head("POST", "/"), b'{"slow":1}')
    cancelled = asyncio.create_task(line.ask(wire.head("POST", "/"), b'{"slow":1}'))
    await asyncio.sleep(0.05)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    assert (await line.ask(wire.head("POST", "/"), b'{"quick":1}')).body == b"ok"
    line.close()
    server.close()


async def test_answers_in_chunks_and_in_pieces_are_read() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        for piece in (b"HTTP/1.1 503 Busy\r\nRetry-", b"After: 2\r\nSet-Cookie: a=b; Path=/\r\nTransfer-Encoding: chu"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        writer.write(b"nked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    wire = Wire(address(server) + "/prefix/")
    line = Line(wire)
    answer = await line.ask(wire.head("POST", "/x"), b"{}")
    assert answer == Answer(503, 2.0, {"a": "b"}, b"abcde")
    wire.remember(answer)
    assert b"POST /prefix/x HTTP/1.1\r\n" in wire.head("POST", "/x")
    assert b"\r\nCookie: a=b\r\n" in wire.head("POST", "/x")
    line.close()
    server.close()


async def test_what_is_not_http_is_given_up() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n")

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    wire = Wire(address(server))
    with pytest.raises(OSError, match="ended before"):
        await Line(wire).ask(wire.head("POST", "/"), b"{}")
    server.close()


@pytest.mark.parametrize("wrong", ["ftp://x", "127.0.0.1:80", "http://"])
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not an http"):
        Wire(wrong)
