"""The attendant's page stays open for hours: whatever happens to the server, it comes back by itself and misses nobody."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lianfang.entrypoints.serve import STOP_AFTER_S
from tests.browser.conftest import OpenPage, sign_in
from tests.browser.network import cut, mend
from tests.browser.residents import check_in, code_of, demo_door, register
from tests.support.instance import Instance

DOOR = "鼓楼小区南门"
BACK_MS = 45_000  # the page asks again at intervals of up to 15 s, and an old machine may be slow


def watch(gate: Page) -> None:
    """The attendant signs in and opens the gate."""
    sign_in(gate, "gate01", "/gate/")
    gate.get_by_text(DOOR).click()
    expect(gate.get_by_test_id("line")).to_have_attribute("data-line", "live")


def shown(gate: Page) -> list[str]:
    """The scan ids in the list, as they stand."""
    visits: list[str] = gate.get_by_test_id("visit").evaluate_all("rows => rows.map(row => row.dataset.scan)")
    return visits


def recent(gate: Page) -> list[str]:
    """The same list as the server has it."""
    gate_id = gate.url.rpartition("/")[2]
    items = gate.request.get(f"/api/v1/gate/{gate_id}/recent").json()["items"]
    return [str(item["scan_id"]) for item in items]


@pytest.mark.parametrize("end", [Instance.stop, Instance.kill], ids=["restarted", "killed"])
def test_after_a_restart_the_gate_comes_back_by_itself_with_every_visit_once(
    open_page: OpenPage, instance: Instance, end: Callable[[Instance], None]
) -> None:
    gate, phone = open_page(phone=True), open_page(phone=True)
    watch(gate)
    code = code_of(demo_door(phone))
    register(phone.request)
    before = check_in(phone.request, code)["scan_id"]
    expect(gate.locator(f"[data-scan='{before}']")).to_be_visible()

    asked = time.monotonic()
    end(instance)
    assert time.monotonic() - asked < STOP_AFTER_S, "the open page held up the stop"
    expect(gate.get_by_test_id("line")).to_have_attribute("data-line", "retrying")
    expect(gate.get_by_text("网络不通")).to_be_visible()
    instance.start()
    # the first visitors are through the door before the page has found its server again
    while_away = [check_in(phone.request, code)["scan_id"] for _ in range(3)]

    expect(gate.get_by_test_id("line")).to_have_attribute("data-line", "live", timeout=BACK_MS)
    expect(gate.locator(f"[data-scan='{while_away[-1]}']")).to_be_visible()
    after = check_in(phone.request, code)
    expect(gate.get_by_test_id("verdict-name")).to_be_visible()
    expect(gate.locator(f"[data-scan='{after['scan_id']}']")).to_be_visible()

    assert shown(gate)[:5] == [after["scan_id"], *reversed(while_away), before]
    assert shown(gate) == recent(gate)[:20]
    assert len(set(shown(gate))) == len(shown(gate))
    today = gate.request.get(f"/api/v1/gate/{gate.url.rpartition('/')[2]}/recent").json()["today"]
    expect(gate.get_by_test_id("today")).to_have_text(f"{today} 人次")


def test_a_gate_whose_phone_lost_its_network_catches_up(open_page: OpenPage) -> None:
    gate, phone = open_page(phone=True), open_page(phone=True)
    watch(gate)
    code = code_of(demo_door(phone))
    register(phone.request)
    cut(gate)
    expect(gate.get_by_test_id("line")).to_have_attribute("data-line", "retrying")
    missed = [check_in(phone.request, code)["scan_id"] for _ in range(2)]
    mend(gate)
    expect(gate.get_by_test_id("line")).to_have_attribute("data-line", "live", timeout=BACK_MS)
    for scan_id in missed:
        expect(gate.locator(f"[data-scan='{scan_id}']")).to_have_count(1)
