"""The resident's own code, and the way out."""

from datetime import UTC, datetime

from playwright.sync_api import expect

from lianfang.kit.identifiers import mask_name
from tests.browser.conftest import OpenPage
from tests.browser.gates import new_door, staff
from tests.browser.network import cut, mend
from tests.browser.residents import register
from tests.browser.test_resident_corners import answer
from tests.support.people import somebody


def test_my_code_is_signed_by_the_phone_and_honest_without_network(open_page: OpenPage) -> None:
    page = open_page(phone=True)
    who = register(page.request, somebody())
    page.clock.install(time=datetime.now(UTC))
    page.goto("/h5/")
    page.get_by_role("button", name="我的码").click()
    code = page.get_by_test_id("my-code")
    expect(code).to_have_attribute("data-valid", "true")
    expect(code).to_have_attribute("data-colour", "green")
    expect(page.get_by_test_id("me")).to_have_text(mask_name(who.name))
    picture = page.get_by_role("img", name="我的码")
    box = picture.bounding_box()
    assert box
    assert box["width"] >= 300, "large enough to be read across a table"
    first = picture.get_attribute("src")

    # signed anew every few seconds, with and without a network, and it says how old the colour is
    page.clock.fast_forward(6_000)
    expect(picture).not_to_have_attribute("src", str(first))
    page.evaluate("navigator.serviceWorker.ready")
    cut(page)
    page.clock.fast_forward(3 * 3600_000)
    expect(page.get_by_test_id("code-offline")).to_contain_text("码仍可使用，还能用 20 小时")
    expect(page.get_by_test_id("status-age")).to_contain_text("3 小时前")
    expect(code).to_have_attribute("data-valid", "true")

    # reloaded without a network it is still there; after a day it is struck out
    page.reload()
    expect(code).to_have_attribute("data-valid", "true")
    page.clock.fast_forward(22 * 3600_000)
    expect(code).to_have_attribute("data-valid", "false")
    expect(code).to_contain_text("已过期，正在等网络")
    mend(page)
    expect(code).to_have_attribute("data-valid", "true", timeout=30_000)
    expect(page.get_by_test_id("code-offline")).to_have_count(0)


def test_leaving_is_one_tap_and_works_from_home_in_a_dead_spot(open_page: OpenPage) -> None:
    page, admin = open_page(phone=True), open_page()
    tower = new_door(staff(admin, "chicheng"), checkout=True)
    register(page.request, somebody())
    page.goto(f"/v/{tower['code']}")
    answer(page)
    expect(page.get_by_test_id("stamp")).to_be_visible()
    expect(page.get_by_test_id("checkout")).to_be_visible()

    page.goto("/h5/")
    expect(page.get_by_test_id("stay")).to_contain_text(tower["name"])
    page.evaluate("navigator.serviceWorker.ready")
    cut(page)
    page.get_by_test_id("checkout").click()
    expect(page.get_by_test_id("left-kept")).to_contain_text("联网后自动发送")
    mend(page)
    # a function: an expression would need eval, which our pages forbid
    page.wait_for_function("() => localStorage.getItem('lf_stays') === '[]'", timeout=45_000)
    page.reload()
    expect(page.get_by_test_id("me")).to_be_visible()
    expect(page.get_by_test_id("stay")).to_have_count(0)


def test_a_seat_is_asked_in_a_vehicle_and_stands_on_the_stamp(open_page: OpenPage) -> None:
    page, admin = open_page(phone=True), open_page()
    bus = new_door(staff(admin, "chicheng"), category="vehicle")
    register(page.request, somebody())
    page.goto(f"/v/{bus['code']}")
    page.get_by_label("座位号").fill("12A")
    answer(page)
    expect(page.get_by_test_id("seat")).to_have_text("12A")
