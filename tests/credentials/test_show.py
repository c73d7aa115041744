"""What a code shows, at the express counter and beside it: never a colour from before the question."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import psycopg
import pytest

from lianfang.credentials import show
from lianfang.credentials.show import Answered, _Asked
from lianfang.kit.clock import now
from tests.support.house import API, Client, House
from tests.support.visits import add_hold
from tests.visits.test_express import Street, served

PATH = f"{API}/residents/me/show"


@pytest.fixture
async def street(house: House) -> AsyncIterator[Street]:
    async with served(house) as street:
        yield street


def asked(resident: Client | None, *headers: str, path: str = PATH) -> bytes:
    cookie = [f"Cookie: lf_resident={resident.http.cookies['lf_resident']}"] if resident else []
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: here", *cookie, *headers]).encode() + b"\r\n\r\n"


async def test_a_hold_that_was_there_before_the_question_is_shown(street: Street, cast: psycopg.Connection) -> None:
    red, neighbour = [await street.house.resident() for _ in range(2)]
    line = await street.line()
    until = now() + timedelta(days=1)
    for begins, ends, colour in (
        (now() - timedelta(days=9), now() - timedelta(seconds=1), "green"),  # over
        (now() + timedelta(hours=1), until, "green"),  # to come
        (now() - timedelta(hours=1), until, "yellow"),
        (now() - timedelta(hours=1), until + timedelta(hours=1), "red"),
    ):
        add_hold(cast, red.id, "red" if colour == "red" else "yellow", begins, ends)
        began = now()
        line.send(asked(red))
        told = await line.told()
        assert (told.status, told.body["colour"]) == (200, colour)
        assert datetime.fromisoformat(told.body["server_time"]) >= began
        assert told.headers["cache-control"] == "no-store"
    assert datetime.fromisoformat(told.body["until"]) == until + timedelta(hours=1)
    cast.execute(
        "INSERT INTO hold_releases SELECT person_id, id, 0, 'evidence' FROM holds WHERE person_id = %s", [red.id]
    )
    line.send(asked(red) + asked(neighbour))  # one behind the other
    assert [(await line.told()).body["colour"] for _ in range(2)] == ["green", "green"]
    assert street.ordinary == 0, "all of it at the counter"
    assert (await red.get("/residents/me/show")).json()["colour"] == "green", "and the ordinary way says the same"


async def test_who_is_not_signed_in_any_more_is_shown_nothing(street: Street, cast: psycopg.Connection) -> None:
    resident = await street.house.resident()
    line = await street.line()
    line.send(asked(None, "Accept-Language: en"))
    stranger = await line.told()
    cast.execute("UPDATE people SET epoch = epoch + 1 WHERE id = %s", [resident.id])
    line.send(asked(resident, "Accept-Language: en"))
    ended = await line.told()
    for told in (stranger, ended):
        assert (told.status, told.body["code"]) == (401, "not_signed_in")
        assert told.headers["content-language"] == "en"
    assert stranger.body == ended.body
    assert street.ordinary == 1


async def test_what_is_not_spelt_as_usual_is_answered_the_ordinary_way(street: Street) -> None:
    resident = await street.house.resident()
    line = await street.line()
    for raw in (asked(resident, path=f"{PATH}?x=1"), asked(resident, "Content-Length: 2") + b"{}"):
        line.send(raw)
        assert (await line.told()).body["colour"] == "green"
    assert street.ordinary == 2
    head = asked(resident).replace(b"GET", b"HEAD")
    line.send(head)
    assert (await line.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 405")


async def test_those_who_ask_soon_after_a_look_share_the_next_one(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = street.house.services.show_desk
    looks: list[int] = []
    look = desk._look

    async def counted(batch: list[_Asked]) -> list[tuple[Answered, bytes]]:
        looks.append(len(batch))
        return await look(batch)

    monkeypatch.setattr(desk, "_look", counted)
    monkeypatch.setattr(show, "REST_S", 60)  # they need not wait so long: they are enough
    desk._enough = 3
    monkeypatch.setattr(show, "ENOUGH", 3)
    residents = [await street.house.resident() for _ in range(4)]
    lines = [await street.line() for _ in residents]
    lines[0].send(asked(residents[0]))
    assert (await lines[0].told()).status == 200
    for line, resident in zip(lines[1:], residents[1:], strict=True):
        line.send(asked(resident))
    assert [(await line.told()).status for line in lines[1:]] == [200] * 3
    assert looks == [1, 3]
