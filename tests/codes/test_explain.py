"""A resident reads why their code is not green."""

from datetime import datetime

import psycopg
import pytest

from lianfang.codes.derive import recolour, recolour_everybody
from lianfang.kit.clock import now
from lianfang.kit.db import Database
from lianfang.plans.packs import pack
from tests.codes.cases import DAY, adopt, tell, told
from tests.support.house import House


async def test_green_says_so(house: House) -> None:
    resident = await house.resident()
    answer = (await resident.get("/residents/me/colour")).json()
    assert (answer["colour"], answer["until"], answer["then"], answer["reasons"]) == ("green", None, "green", [])


@pytest.mark.parametrize(
    ("language", "text", "plan", "ends"),
    [
        (
            "zh-CN",
            "您是确诊病例的密切接触者，请按要求隔离并按时检测。",
            "新型冠状病毒肺炎防控方案（第九版）",
            "疾控部门解除管控",
        ),
        (
            "en",
            "You are a close contact of a case. Please keep to the isolation and take the tests in time.",
            "COVID-19 control plan, 9th edition",
            "the CDC ends the order",
        ),
    ],
)
async def test_red_says_why_until_when_and_what_ends_it(
    house: House, worker: Database, language: str, text: str, plan: str, ends: str
) -> None:
    await adopt(worker, pack("v9"))
    await recolour_everybody(worker)
    resident, other = await house.resident(), await house.resident()
    at = now() - DAY
    await tell(worker, told(resident.id, "contact_order", "close", at))
    await recolour(worker)
    answer = (await resident.send("GET", "/residents/me/colour", Accept_Language=language)).json()
    assert (answer["colour"], answer["then"]) == ("red", "yellow")
    assert datetime.fromisoformat(answer["until"]) == at + 7 * DAY
    [reason] = answer["reasons"]
    assert (reason["text"], reason["plan"], reason["ends_earlier"]) == (text, plan, [ends])
    assert reason["clause"] == "风险人员的隔离管理：密切接触者"
    assert (reason["ground"]["kind"], reason["ground"]["source"]) == ("contact_order", "赤城县疾控中心")
    assert (await other.get("/residents/me/colour")).json()["colour"] == "green"


async def test_what_was_released_is_not_told_any_more(house: House, worker: Database, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    await tell(worker, told(resident.id, "contact_order", "close", now() - DAY))
    await recolour(worker)
    await tell(worker, told(resident.id, "contact_order", "released", now()))
    await recolour(worker)
    assert (await resident.get("/residents/me/colour")).json()["colour"] == "green"
    assert (await resident.scan()).json()["verdict"] == "pass"
