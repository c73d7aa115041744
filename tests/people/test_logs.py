"""The log holds ids, counts and codes: no name, number or answer, and no door by which somebody's way could be followed."""

import json
import logging
from typing import Any

import psycopg
import pytest
import structlog
from structlog.testing import capture_logs

from lianfang.entrypoints.process import configure_logging
from lianfang.kit.crypto import Keys
from lianfang.people import service
from lianfang.people.tokens import refer
from tests.support.house import House
from tests.support.people import Resident, document
from tests.support.story import ACCOUNT, CHICHENG_DOOR, YIJIE_DOOR
from tests.visits.conftest import trigger

WHO = Resident("欧阳修远", document(4711), "13712345678")
ADDRESS = "龙门客栈三号"


def assert_nothing_personal(lines: list[Any], *more: str) -> None:
    text = str(lines)
    for secret in (WHO.name, WHO.document, WHO.phone, ADDRESS, "36.5", *more):
        assert secret not in text


async def test_a_day_of_work_leaves_no_trace_of_anybody(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    with capture_logs() as lines:
        resident = await house.resident(WHO)
        await resident.scan(answers={"temperature": 36.5, "reason": "home", "address": ADDRESS})
        await resident.scan(answers={"temperature": "hot"})
        stranger = await house.client()
        assert (await stranger.post("/session", {"username": WHO.phone, "password": WHO.name})).status_code == 401
        clerk = await house.staff("clerk")
        await clerk.post("/records/search", {"document": WHO.document, "phone": WHO.phone})
        await clerk.post("/people/bulk", {"people": []})
        cast.execute("UPDATE people SET name = '\\x00'")
        await resident.get("/residents/me")
        await resident.scan()
    assert [line["event"] for line in lines] != [], "the broken person was to be logged"
    assert_nothing_personal(
        lines, resident.http.cookies["lf_resident"], clerk.http.cookies["lf_staff"], YIJIE_DOOR.code
    )


def test_what_libraries_log_is_one_json_line_without_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level, structlog.get_config()
    try:
        configure_logging()
        try:
            raise ValueError(WHO.phone)
        except ValueError:
            logging.getLogger("a.library").exception("no place for %s", WHO.name)
        logging.getLogger("uvicorn.error").warning("Invalid request of " + WHO.name)
    finally:
        root.handlers[:], root.level = before[:2]
        structlog.configure(**before[2])
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["event"], first["said"], first["error"]) == ("library", "no place for %s", "ValueError")
    assert (second["event"], second["logger"], second["level"]) == ("library", "uvicorn.error", "warning")
    assert_nothing_personal([first, second])


async def test_an_error_of_the_database_does_not_quote_its_row(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    resident, importer = await house.resident(WHO), await house.staff("import")
    body = "RAISE 'row of % at %', NEW.person_id, encode(NEW.answers, 'escape');"
    with capture_logs() as lines, trigger(cast, "TRIGGER BEFORE INSERT", body):
        for answer in (
            await resident.scan(),
            await importer.scan(CHICHENG_DOOR, person=refer(keys, resident.id, ACCOUNT["import"].id)),
        ):
            assert answer.status_code == 500
    assert len(lines) == 2
    assert_nothing_personal(lines, "row of")


async def test_an_error_at_a_door_does_not_say_at_which(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"{WHO.name} {YIJIE_DOOR.code}")

    resident = await house.resident(WHO)
    await house.services.doors.stop()
    house.services.doors.forget_all()
    monkeypatch.setattr(house.services.doors, "find", broken)
    monkeypatch.setattr(service.store, "identity_try_code", broken)
    with capture_logs() as lines:
        for answer in (
            await resident.get(f"/doors/{YIJIE_DOOR.code}"),
            await resident.scan(YIJIE_DOOR),
            await house.register(await house.client(), WHO),
        ):
            assert (answer.status_code, answer.json()["code"]) == (500, "internal")
            assert (
                answer.json()["detail"].count(
                    next(line["incident"] for line in lines if line["incident"] in answer.text)
                )
                == 1
            )
    assert [line["error"] for line in lines] == ["RuntimeError"] * 3
    assert_nothing_personal(lines, YIJIE_DOOR.code)
