"""The express counter, over real sockets: what it takes it answers like the ordinary way, and what it leaves is answered there."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import psycopg
import pytest

from lianfang.entrypoints import serve
from lianfang.entrypoints.serve import Server, server_config
from lianfang.kit import express
from lianfang.visits import door
from lianfang.visits import porch as porches
from lianfang.visits.lane import Lane
from tests.support.house import API, House, scan, until
from tests.support.story import LONGGUAN_DOOR, YIJIE_DOOR
from tests.visits.conftest import HeldLane, stored

JSON = "Content-Type: application/json"


class Told(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Any


class Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, raw: bytes) -> None:
        self.writer.write(raw)

    async def told(self) -> Told:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await self.reader.readexactly(int(headers["content-length"]))
        return Told(int(head[0].split()[1]), headers, json.loads(body))

    async def ended(self) -> bool:
        return await self.reader.read() == b""


class Street:
    """The house as a server with a port."""

    def __init__(self, house: House, server: Server, port: int) -> None:
        self.house, self.server, self._port = house, server, port
        self.ordinary = 0
        """Requests that went through ASGI."""

    async def line(self) -> Line:
        return Line(*await asyncio.open_connection("127.0.0.1", self._port))

    async def cookie(self) -> str:
        resident = await self.house.resident()
        return f"Cookie: lf_resident={resident.http.cookies['lf_resident']}"


def post(body: dict[str, Any] | bytes, *headers: str, path: str = f"{API}/scans", method: str = "POST") -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: here", JSON, *headers, f"Content-Length: {len(raw)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


@asynccontextmanager
async def served(house: House) -> AsyncIterator[Street]:
    config = server_config(house.services.settings, house.app)
    config.lifespan = "off"
    server = Server(config, house.app)
    config.load()
    server.lifespan = config.lifespan_class(config)
    listener = socket.create_server(("127.0.0.1", 0))
    task = asyncio.create_task(server._serve(sockets=[listener]))
    await until(lambda: server.started)
    street = Street(house, server, listener.getsockname()[1])

    async def counted(*args: Any) -> None:
        street.ordinary += 1
        await house.app(*args)

    config.loaded_app = counted
    try:
        yield street
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def street(house: House) -> AsyncIterator[Street]:
    async with served(house) as street:
        yield street


async def test_a_scan_at_a_door_in_memory_is_answered_at_the_counter(street: Street, cast: psycopg.Connection) -> None:
    await street.house.services.doors.find(LONGGUAN_DOOR.code)
    line, cookie, body = await street.line(), await street.cookie(), scan(LONGGUAN_DOOR)
    line.send(post(body, cookie))
    first = await line.told()
    assert (first.status, first.body["scan_id"], first.body["verdict"]) == (201, body["scan_id"], "pass")
    assert first.headers["cache-control"] == "no-store"
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["content-type"] == "application/json"
    assert "date" in first.headers
    for piece in (post(body, cookie)[i : i + 7] for i in range(0, 10_000, 7)):  # in many small packets
        line.send(piece)
    again = await line.told()
    assert (again.status, again.body) == (200, first.body | {"replayed": True})
    assert street.ordinary == 0
    assert stored(cast) == 1


async def test_answers_keep_the_order_of_their_requests(street: Street, held: HeldLane) -> None:
    await street.house.services.doors.find(LONGGUAN_DOOR.code)
    line, cookie, bodies = await street.line(), await street.cookie(), [scan(LONGGUAN_DOOR) for _ in range(2)]
    asked = b"GET /api/v1/health/live HTTP/1.1\r\nHost: here\r\n\r\n"
    line.send(post(bodies[0], cookie) + asked + post(bodies[1], cookie))
    await until(lambda: len(held.batches) == 1)
    held.release()
    told = [await line.told() for _ in range(3)]
    assert [answer.status for answer in told] == [201, 200, 201]
    assert [told[0].body["scan_id"], told[2].body["scan_id"]] == [body["scan_id"] for body in bodies]


async def test_what_the_counter_leaves_is_answered_the_ordinary_way(street: Street, cast: psycopg.Connection) -> None:
    await street.house.services.doors.find(LONGGUAN_DOOR.code)
    line, cookie = await street.line(), await street.cookie()
    good = scan(LONGGUAN_DOOR)
    big = express.BODY_MAX_KIB * 1024 + 1
    cases = {
        post(b"{", cookie): (400, "malformed_json"),
        post(b"\xff\xfe", cookie): (400, "malformed_json"),
        post(good | {"more": 1}, cookie): (422, "invalid_request"),
        post(good | {"code": "NOSUCHCODE000000"}, cookie): (404, "door_unknown"),
        post(scan(YIJIE_DOOR) | {"answers": {}}, cookie): (422, "invalid_request"),
        post(good): (401, "not_signed_in"),
        post(good, cookie, "Origin: https://elsewhere.example"): (403, "cross_site"),
        post(good, cookie, method="PUT"): (405, "method_not_allowed"),
        post(b" " * big, cookie): (413, "body_too_large"),
        post(good, cookie).replace(b"application/json", b"text/plain"): (415, "media_type"),
    }
    for number, (raw, expected) in enumerate(cases.items()):
        line.send(raw)
        answer = await line.told()
        assert (answer.status, answer.body["code"]) == expected
        assert street.ordinary == number + 1
        if answer.status == 413:
            line = await street.line()  # the rest of that body is not waited for
    assert stored(cast) == 0
    chunked = post(b"", cookie, "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")
    raw = json.dumps(good).encode()
    line.send(chunked + b"%x\r\n%b\r\n0\r\n\r\n" % (len(raw), raw))
    assert (await line.told()).status == 201
    line.send(post(scan(LONGGUAN_DOOR), cookie, "Connection: close"))
    assert (await line.told()).status == 201
    assert await line.ended()


async def test_where_the_queue_is_full_scans_wait_for_room_and_whoever_waits_in_vain_is_told_so(
    street: Street, held: HeldLane, cast: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane, porch = street.house.services.lane, street.house.app.lane_door._porch
    await street.house.services.doors.find(LONGGUAN_DOOR.code)
    lane._limit = 0
    cookie = await street.cookie()
    lines = [await street.line() for _ in range(4)]
    patient, gone, odd, impatient = lines
    unknown = scan(LONGGUAN_DOOR) | {"code": "NOSUCHCODE000000"}
    for number, (line, body) in enumerate(
        zip(lines, [scan(LONGGUAN_DOOR), scan(LONGGUAN_DOOR), unknown], strict=False)
    ):
        line.send(post(body, cookie))
        await until(lambda number=number: len(porch) == number + 1)  # type: ignore[misc]
    gone.writer.transport.abort()
    await until(lambda: len(street.server.server_state.connections) == 3)
    assert street.house.app.lane_door._lane.turned_away == 0
    lane._limit = 100
    held.release()
    street.house.app.look(connections=4, late=0)
    told, wrong = await patient.told(), await odd.told()
    assert (told.status, wrong.status, wrong.body["code"]) == (201, 404, "door_unknown")
    assert street.ordinary == 1
    assert stored(cast) == 1, "whoever hung up before there was room has not scanned"

    lane._limit = 0
    monkeypatch.setattr(door, "WAIT_S", -1)
    impatient.send(post(scan(LONGGUAN_DOOR), cookie, "Accept-Language: en"))
    answer = await impatient.told()
    assert (answer.status, answer.body["code"], answer.headers["retry-after"] in "234") == (503, "busy", True)
    assert answer.headers["content-language"] == "en"


async def test_where_even_the_porch_is_full_the_counter_says_so_at_once(
    street: Street, held: HeldLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(porches, "AT_MOST", 0)
    lane: Lane = street.house.services.lane
    await street.house.services.doors.find(LONGGUAN_DOOR.code)
    lane._limit = 0
    line = await street.line()
    line.send(post(scan(LONGGUAN_DOOR), await street.cookie()))
    assert (await line.told()).status == 503
    assert (street.ordinary, lane.turned_away) == (0, 1)


async def test_who_hangs_up_has_scanned_and_harms_nobody(
    street: Street, held: HeldLane, cast: psycopg.Connection
) -> None:
    await street.house.services.doors.find(LONGGUAN_DOOR.code)
    cookie = await street.cookie()
    gone, staying = await street.line(), await street.line()
    for line in (gone, staying):
        line.send(post(scan(LONGGUAN_DOOR), cookie))
    await until(lambda: sum(held.batches) + len(held._lane._queue) == 2)
    gone.writer.transport.abort()
    await until(lambda: len(street.server.server_state.connections) == 1)
    held.release()
    assert (await staying.told()).status == 201
    assert stored(cast) == 2


async def test_a_server_that_stops_answers_what_it_took(house: House, held: HeldLane, cast: psycopg.Connection) -> None:
    await house.services.doors.find(LONGGUAN_DOOR.code)
    async with served(house) as street:
        line = await street.line()
        line.send(post(scan(LONGGUAN_DOOR), await street.cookie()))
        await until(lambda: len(held.batches) == 1)
        street.server.should_exit = True
        await until(lambda: not street.server.servers[0].sockets)
        held.release()
        answer = await line.told()
        assert (answer.status, answer.headers["connection"]) == (201, "close")
        assert await line.ended()
    assert stored(cast) == 1


async def test_whoever_keeps_us_waiting_is_let_go(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a head, a body that does not come, or nothing at all; but not whoever waits for us."""
    monkeypatch.setattr(express, "HEAD_WITHIN_S", 0)
    monkeypatch.setattr(express, "SILENT_AT_MOST_S", 0)
    head, body, nothing = [await street.line() for _ in range(3)]
    head.send(b"POST /api/v1/scans HTTP/1.1\r\nHost: he")
    body.send(post(b"{" * 100)[:-50])
    assert await head.ended()
    assert await body.ended()
    assert not nothing.reader.at_eof()
    for connection in street.server.server_state.connections:
        connection.timeout_keep_alive = 0
    assert await nothing.ended()


async def test_where_it_is_crowded_the_silent_go_and_newcomers_beyond_the_limit_are_let_go_of(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(express, "CROWDED_S", 0)
    monkeypatch.setattr(serve, "connections_at_most", lambda: 1)
    silent = await street.line()
    assert await silent.ended()
    monkeypatch.undo()
    staying = await street.line()
    await until(lambda: len(street.server.server_state.connections) == 1)
    for connection in street.server.server_state.connections:
        monkeypatch.setitem(connection.config.http_protocol_class.keywords, "at_most", 1)
    beyond = await street.line()
    with contextlib.suppress(ConnectionResetError):
        assert await beyond.ended()
    staying.send(b"GET /api/v1/health/live HTTP/1.1\r\nHost: here\r\n\r\n")
    assert (await staying.told()).status == 200


async def test_a_body_that_nobody_wants_is_not_read_to_its_end(street: Street) -> None:
    line, size = await street.line(), 1 << 26
    line.send(post(b"{", await street.cookie()).replace(b"Length: 1", b"Length: %d" % size))
    assert (await line.told()).status == 413
    taken = 0
    with contextlib.suppress(ConnectionError):
        while taken < size:
            line.send(b" " * (1 << 16))
            taken += 1 << 16
            await line.writer.drain()
    assert taken < size


@pytest.mark.parametrize(
    ("spelt", "status"),
    [
        (lambda raw: raw.replace(b"Host: here", b"Host: here\r\nContent-Length: 1"), 400),
        (lambda raw: raw.replace(b"Content-Length: ", b"Content-Length: +"), 400),
        (lambda raw: raw.replace(b"Content-Length: ", b"Content-Length : "), 400),
        (lambda raw: raw.replace(b"Host: here", b"Host: here\r\n folded"), 400),
        (lambda raw: raw.replace(b"Host: here", b"Host: he\x00re"), 400),
        (lambda raw: raw.replace(b"Host: here", b"Host: here\r\nTransfer-Encoding: chunked"), 400),
        (lambda raw: raw.replace(b"Host: here", b"Host: here\nX: y"), 400),
        (lambda raw: raw.replace(b"Host: here", b"Host: here\r\nX: y\r\nX: z"), 201),
        (lambda raw: raw.replace(b"/scans", b"/scans?"), 201),
    ],
)
async def test_a_head_that_is_spelt_otherwise_is_left_to_the_parser(
    street: Street, cast: psycopg.Connection, spelt: Callable[[bytes], bytes], status: int
) -> None:
    """What a proxy before us may read as one request and we as two never reaches the counter."""
    await street.house.services.doors.find(LONGGUAN_DOOR.code)
    line, taken = await street.line(), street.house.services.lane.take
    at_the_counter: list[object] = []
    street.house.services.lane.take = lambda *scan: at_the_counter.append(scan) or taken(*scan)  # type: ignore[method-assign, func-returns-value]
    line.send(spelt(post(scan(LONGGUAN_DOOR), await street.cookie())))
    head = await line.reader.readuntil(b"\r\n\r\n")
    assert int(head.split()[1]) == status
    assert stored(cast) == (status == 201)
    assert len(at_the_counter) == street.ordinary == (status == 201)


async def test_a_thousand_requests_in_one_packet_are_answered_one_after_the_other(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(porches, "AT_MOST", 0)
    await street.house.services.doors.find(LONGGUAN_DOOR.code)
    street.house.services.lane._limit = 0
    line, many = await street.line(), 1000
    line.send(post(scan(LONGGUAN_DOOR), await street.cookie()) * many)
    assert {(await line.told()).status for _ in range(many)} == {503}
    assert street.ordinary == 0
