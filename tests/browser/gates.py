"""Doors that measure and review, who stands at them, and what their attendant does."""

from itertools import count
from typing import Any

from playwright.sync_api import APIRequestContext, Page, expect

from lianfang.kit.identifiers import mask_name
from lianfang.kit.ids import uuid7
from tests.browser.conftest import PASSWORD
from tests.browser.residents import register
from tests.support.people import Resident, somebody

ANSWERS = {"purpose": "visit", "house": "3号楼 201"}
BOUNCE_MS = 500  # the page takes a second tap within this time for a bounce of the first
_numbers = count(1)


def staff(page: Page, username: str = "gate01") -> APIRequestContext:
    """This page's browser, signed in without its login page."""
    answer = page.request.post("/api/v1/session", data={"username": username, "password": PASSWORD})
    assert answer.ok, answer.text()
    return page.request


def new_door(admin: APIRequestContext, **wants: Any) -> dict[str, Any]:
    """A door of the estate that gate01 attends, with a name of its own and the estate's form, unless `wants` says otherwise."""
    [estate] = admin.get("/api/v1/checkpoints", params={"q": "鼓楼小区南门"}).json()["items"]
    door = {
        "unit_id": estate["unit_id"],
        "name": f"测试门{next(_numbers)}",
        "category": "estate",
        "template_id": estate["template_id"],
    }
    answer = admin.post("/api/v1/checkpoints", data=door | wants)
    assert answer.ok, answer.text()
    return dict(answer.json())


def blank_form(admin: APIRequestContext) -> int:
    """A form without questions."""
    [estate] = admin.get("/api/v1/checkpoints", params={"q": "鼓楼小区南门"}).json()["items"]
    form = {"unit_id": estate["unit_id"], "name": "只登记", "name_en": "Check-in only", "fields": []}
    answer = admin.post("/api/v1/templates", data=form)
    assert answer.ok, answer.text()
    return int(answer.json()["id"])


def watch(gate: Page, door: dict[str, Any]) -> None:
    """The attendant opens the gate page of this door."""
    staff(gate)
    gate.goto(f"/gate/{door['id']}")
    expect(gate.get_by_test_id("line")).to_have_attribute("data-line", "live")
    expect(gate.get_by_test_id("place")).to_have_text(door["name"])


def arrive(phone: APIRequestContext, door: dict[str, Any], who: Resident | None = None) -> tuple[Resident, str]:
    """Somebody registers and scans the door's code, without the pages, and has to wait."""
    who = register(phone, who or somebody())
    scan_id = str(uuid7())
    answer = phone.post("/api/v1/scans", data={"scan_id": scan_id, "code": door["code"], "answers": ANSWERS})
    assert answer.status == 202, answer.text()
    return who, scan_id


def tap(gate: Page, button: str, who: Resident | None = None) -> None:
    """The attendant looks who stands there, then taps."""
    if who:
        expect(gate.get_by_test_id("person-name")).to_have_text(mask_name(who.name))
    gate.wait_for_timeout(BOUNCE_MS)
    gate.get_by_test_id(button).click()


def measure(gate: Page, digits: str) -> None:
    for digit in digits:
        gate.locator(f"[data-key='{digit}']").click()
