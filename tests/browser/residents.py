"""Residents and their phones: the short way to what a test is not about."""

import re
from typing import Any

import psycopg
from playwright.sync_api import APIRequestContext, Page

from lianfang.kit.cluster import Cluster
from lianfang.kit.crypto import Keys
from lianfang.kit.ids import uuid7
from lianfang.migrations.roles import role_dsn
from tests.support.instance import Instance
from tests.support.people import Resident, somebody


def register(phone: APIRequestContext, who: Resident | None = None) -> Resident:
    """Somebody registered and signed in on this phone, without its pages."""
    who = who or somebody()
    code = phone.post("/api/v1/residents/codes", data={"phone": who.phone}).json()["demo_code"]
    answer = phone.post("/api/v1/residents", data=who.form(code))
    assert answer.ok, answer.text()
    return who


def check_in(phone: APIRequestContext, code: str, answers: dict[str, Any] | None = None) -> dict[str, Any]:
    """The stamp of one more visit at a door with this code."""
    if answers is None:
        answers = {"purpose": "visit", "house": "3号楼 201"}
    scan = {"scan_id": str(uuid7()), "code": code, "answers": answers}
    answer = phone.post("/api/v1/scans", data=scan)
    assert answer.status == 201, answer.text()
    return dict(answer.json())


def demo_door(page: Page) -> str:
    """The address of the demo's open door, 鼓楼小区南门: /v/CODE."""
    return str(page.request.get("/api/v1/meta").json()["door"])


def code_of(link: str) -> str:
    return re.sub(r".*/v/", "", link)


def hold(instance: Instance, person_id: int, colour: str) -> None:
    """A hold as the worker's rules write it, from an hour ago until tomorrow."""
    keys = Keys(bytes.fromhex((instance.home / "secret.key").read_text()))
    with Cluster(instance.home).join() as cluster:
        dsn = role_dsn(cluster.superuser_dsn("lianfang"), "lianfang_worker", keys)
        with psycopg.connect(dsn) as conn:
            conn.execute(
                """INSERT INTO holds (person_id, colour, rule, plan, reason_zh, reason_en, starts_at, ends_at)
                   VALUES (%s, %s, 'test', 'test', '测试', 'Test', now() - interval '1 hour', now() + interval '1 day')""",
                (person_id, colour),
            )
