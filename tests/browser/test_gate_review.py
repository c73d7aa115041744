"""Review at the gate: the person is seen large, one tap decides, their phone changes by itself, and no tap is lost."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from lianfang.kit.identifiers import mask_name
from tests.browser.conftest import OpenPage
from tests.browser.gates import arrive, new_door, staff, tap, watch
from tests.browser.network import cut, mend
from tests.browser.residents import register
from tests.browser.test_resident_corners import answer
from tests.support.instance import Instance
from tests.support.people import somebody

BACK_MS = 45_000
OLD = """
for (const [of, name] of [
  [Array.prototype, 'at'], [String.prototype, 'at'], [String.prototype, 'replaceAll'], [Array.prototype, 'findLast'],
  [Array.prototype, 'toSorted'], [Array.prototype, 'toReversed'], [Object, 'hasOwn'], [Object, 'groupBy'], [Promise, 'any'],
  [Promise, 'withResolvers'], [Crypto.prototype, 'randomUUID'], [AbortSignal, 'timeout'], [AbortSignal, 'any'],
  [window, 'structuredClone'], [window, 'WeakRef'], [window, 'FinalizationRegistry'],
]) delete of[name]
"""


def decisions(gate: Page) -> list[str]:
    """The scan of every decision that the server answered, as it answers them."""
    sent: list[str] = []

    def done(request: Request) -> None:
        if request.url.endswith("/decisions") and request.response() is not None:
            sent.append(request.post_data_json["scan_id"])

    gate.on("requestfinished", done)
    return sent


def verdict(page: Page, scan_id: str) -> str | None:
    """As the person's own phone hears it; None while they wait."""
    found = page.request.get(f"/api/v1/scans/{scan_id}").json()
    return found.get("verdict")


def test_a_network_that_is_cut_loses_no_tap_also_over_a_reload(open_page: OpenPage) -> None:
    admin, gate = open_page(), open_page(phone=True)
    door = new_door(staff(admin, "chicheng"), review=True)
    watch(gate, door)
    phones = [open_page(phone=True) for _ in range(4)]
    came = [arrive(phone.request, door) for phone in phones]
    expect(gate.get_by_test_id("waiting-count")).to_have_text("4")
    gate.evaluate("navigator.serviceWorker.ready")
    sent = decisions(gate)

    cut(gate)
    expect(gate.get_by_test_id("line")).to_have_attribute("data-line", "retrying")
    tap(gate, "approve", came[0][0])
    tap(gate, "refuse", came[1][0])
    gate.locator("[data-reason=mask]").click()
    tap(gate, "approve", came[2][0])
    expect(gate.get_by_test_id("unsent")).to_have_attribute("data-count", "3")
    expect(gate.get_by_text("3 条操作存在本机")).to_be_visible()
    expect(gate.get_by_test_id("waiting-count")).to_have_text("1")
    assert [verdict(phone, scan_id) for phone, (_, scan_id) in zip(phones, came, strict=True)] == [None] * 4

    # the page is closed and opened again in the dead spot: what was tapped is there, and so is who stands there
    gate.reload()
    expect(gate.get_by_test_id("place")).to_have_text(door["name"])
    expect(gate.get_by_test_id("unsent")).to_have_attribute("data-count", "3")
    tap(gate, "approve", came[3][0])
    expect(gate.get_by_test_id("unsent")).to_have_attribute("data-count", "4")
    expect(gate.get_by_test_id("queue-empty")).to_be_visible()
    assert sent == []

    mend(gate)
    expect(gate.get_by_test_id("unsent")).to_have_attribute("data-count", "0", timeout=BACK_MS)
    assert sent == [scan_id for _, scan_id in came]  # each once, in the order of the taps
    outcomes = [verdict(phone, scan_id) for phone, (_, scan_id) in zip(phones, came, strict=True)]
    assert outcomes == ["pass", "refuse", "pass", "pass"]
    expect(gate.get_by_test_id("line")).to_have_attribute("data-line", "live", timeout=BACK_MS)
    expect(gate.get_by_test_id("queue-empty")).to_be_visible()
    expect(gate.get_by_test_id("note")).to_have_count(0)

    gate.reload()
    expect(gate.get_by_test_id("unsent")).to_have_attribute("data-count", "0")
    expect(gate.get_by_test_id("queue-empty")).to_be_visible()
    assert len(sent) == 4


def test_a_decision_that_came_too_late_is_told_and_not_done(open_page: OpenPage) -> None:
    admin, first, second, phone = open_page(), open_page(phone=True), open_page(phone=True), open_page(phone=True)
    door = new_door(staff(admin, "chicheng"), review=True)
    watch(first, door)
    watch(second, door)
    who, scan_id = arrive(phone.request, door)
    expect(second.get_by_test_id("person-name")).to_have_text(mask_name(who.name))
    second.evaluate("navigator.serviceWorker.ready")  # one that comes to life later would let the tap through
    cut(second)
    expect(second.get_by_test_id("line")).to_have_attribute("data-line", "retrying")
    tap(second, "approve", who)
    expect(second.get_by_test_id("unsent")).to_have_attribute("data-count", "1")
    tap(first, "refuse", who)
    first.locator("[data-reason=symptoms]").click()
    expect(first.get_by_test_id("unsent")).to_have_attribute("data-count", "0")

    mend(second)
    note = second.get_by_test_id("note")
    expect(note).to_contain_text(f"没有执行：{mask_name(who.name)}", timeout=BACK_MS)
    expect(note).to_contain_text("拒绝")
    assert verdict(phone, scan_id) == "refuse"
    second.reload()
    expect(note).to_be_visible()  # until somebody has read it
    note.get_by_role("button", name="知道了").click()
    expect(note).to_have_count(0)


def test_a_session_that_ended_keeps_what_was_tapped_for_the_same_account(open_page: OpenPage) -> None:
    admin, gate, phone = open_page(), open_page(phone=True), open_page(phone=True)
    door = new_door(staff(admin, "chicheng"), review=True)
    watch(gate, door)
    who, scan_id = arrive(phone.request, door)
    expect(gate.get_by_test_id("person-name")).to_have_text(mask_name(who.name))
    gate.context.clear_cookies()
    tap(gate, "approve", who)
    expect(gate.get_by_test_id("unsent-login")).to_contain_text("1 条操作没有发送")
    assert verdict(phone, scan_id) is None

    gate.get_by_label("用户名", exact=True).fill("chicheng")
    gate.get_by_label("密码", exact=True).fill("Lianfang2026!")
    gate.get_by_role("button", name="登录", exact=True).click()
    expect(gate.get_by_text("其他账号的操作没有发送")).to_be_visible()
    gate.wait_for_timeout(1500)
    assert verdict(phone, scan_id) is None  # not under somebody else's name

    gate.get_by_role("link", name="换登记点").click()
    gate.get_by_role("button", name="退出登录").click()
    gate.get_by_label("用户名", exact=True).fill("gate01")
    gate.get_by_label("密码", exact=True).fill("Lianfang2026!")
    gate.get_by_role("button", name="登录", exact=True).click()
    expect(gate.get_by_role("heading", name="选择登记点")).to_be_visible()
    for _ in range(40):
        if verdict(phone, scan_id):
            break
        gate.wait_for_timeout(250)
    assert verdict(phone, scan_id) == "pass"


@pytest.mark.parametrize("mode", ["zh-CN", "en", "large"])
def test_the_story_of_a_review(open_page: OpenPage, mode: str) -> None:
    english = mode == "en"
    admin, gate, resident = open_page(), open_page(phone=True), open_page(phone=True)
    for page in (gate, resident):
        page.context.add_init_script(OLD)  # a phone of 2019 has none of these
        if mode == "en":
            page.context.add_init_script("document.cookie = 'lf_lang=en; path=/'")
        if mode == "large":
            page.context.add_init_script("try { localStorage.setItem('lf_large', '1') } catch {}")
    door = new_door(staff(admin, "chicheng"), review=True)
    watch(gate, door)
    expect(gate.get_by_test_id("queue-empty")).to_contain_text("Nobody is waiting" if english else "没有人在等")
    who = register(resident.request, somebody())

    # refused, with a reason in words that the resident reads at once
    resident.goto(f"/v/{door['code']}")
    fill_in(resident, english)
    expect(resident.get_by_test_id("undecided")).to_contain_text("One moment" if english else "请稍候")
    resident.reload()
    expect(resident.get_by_test_id("undecided")).to_be_visible()
    expect(gate.get_by_test_id("person-name")).to_have_text(mask_name(who.name))
    expect(gate.get_by_test_id("person")).to_contain_text("Visiting" if english else "走亲访友")
    assert fits(gate)
    assert fits(resident)
    if mode == "large":
        assert gate.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 20
    for button in ("approve", "refuse"):
        box = gate.get_by_test_id(button).bounding_box()
        assert box
        assert box["height"] >= 72
        assert box["width"] >= 120
        assert box["y"] + box["height"] <= 740, "the buttons are at the thumb without scrolling"
    tap(gate, "refuse")
    assert gate.locator("[data-reason]").count() == 5
    assert fits(gate)
    gate.locator("[data-reason=mask]").click()
    expect(resident.get_by_test_id("stamp")).to_have_attribute("data-verdict", "refuse", timeout=5_000)
    expect(resident.get_by_test_id("reason")).to_contain_text(
        re.compile("请戴好口罩再来（Please come back with a mask on）")
    )
    expect(resident.get_by_test_id("todo")).to_be_visible()
    assert fits(resident)

    # and let in the second time
    resident.goto(f"/v/{door['code']}")
    resident.get_by_role("button", name="Check in" if english else "登记", exact=True).click()
    expect(resident.get_by_test_id("undecided")).to_be_visible()
    tap(gate, "approve", who)
    expect(gate.get_by_test_id("queue-empty")).to_be_visible()
    expect(resident.get_by_test_id("stamp")).to_have_attribute("data-verdict", "pass", timeout=5_000)
    expect(resident.get_by_test_id("replayed")).to_have_count(0)
    gate.get_by_test_id("tab-recent").click()
    expect(gate.get_by_test_id("visit")).to_have_count(2)


def fill_in(page: Page, english: bool) -> None:
    if english:
        page.get_by_label("Visiting").check()
        page.get_by_label("Building and flat").fill("3-201")
        page.get_by_role("button", name="Submit check-in").click()
    else:
        answer(page)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_resident_without_network_waits_on_and_hears_of_it_later(open_page: OpenPage, instance: Instance) -> None:
    admin, gate, resident = open_page(), open_page(phone=True), open_page(phone=True)
    door: dict[str, Any] = new_door(staff(admin, "chicheng"), review=True)
    watch(gate, door)
    who = register(resident.request, somebody())
    resident.goto(f"/v/{door['code']}")
    resident.evaluate("navigator.serviceWorker.ready")
    answer(resident)
    expect(resident.get_by_test_id("undecided")).to_be_visible()
    cut(resident)
    expect(resident.get_by_text("网络不通，登记已经收到")).to_be_visible()
    resident.reload()
    expect(resident.get_by_test_id("undecided")).to_be_visible()
    tap(gate, "approve", who)
    expect(gate.get_by_test_id("queue-empty")).to_be_visible()
    mend(resident)
    expect(resident.get_by_test_id("stamp")).to_have_attribute("data-verdict", "pass", timeout=BACK_MS)
