"""The driver's page: trips are begun and ended with one tap, and a dead spot loses none."""

from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from lianfang.kit.clock import now
from tests.browser.conftest import OpenPage
from tests.browser.gates import blank_form, new_door, staff, watch
from tests.browser.network import cut, mend
from tests.browser.residents import check_in, register
from tests.browser.test_screens import check

LINE = {"line": "7 号线 东区—厂区", "plate": "冀G12345", "seats": 49}


def test_a_trip_is_begun_ridden_followed_by_another_and_ended(open_page: OpenPage) -> None:
    admin = staff(open_page(), "chicheng")
    bus = new_door(admin, category="vehicle", template_id=blank_form(admin))
    assert admin.put(f"/api/v1/vehicles/{bus['id']}", data=LINE).ok
    gate, rider = open_page(phone=True), open_page(phone=True).request
    watch(gate, bus)
    trip = gate.get_by_test_id("trip")
    expect(trip).to_contain_text("7 号线 东区—厂区 · 冀G12345")
    expect(trip).to_contain_text("没有进行中的班次")

    gate.get_by_test_id("trip-outbound").click()
    expect(trip).to_have_attribute("data-under-way", "outbound")
    expect(trip).to_contain_text("0 人")
    register(rider)
    check_in(rider, bus["code"], {})
    expect(trip).to_contain_text("1 人")

    # another one ends it, after a question
    gate.get_by_test_id("trip-now").click()
    check(gate, "gate-trip", "zh-CN")
    gate.get_by_test_id("trip-inbound").click()
    expect(gate.get_by_test_id("trip-question")).to_contain_text("还没有结束")
    gate.get_by_test_id("trip-yes").click()
    expect(trip).to_have_attribute("data-under-way", "inbound")
    expect(trip).to_contain_text("0 人")

    gate.evaluate("navigator.serviceWorker.ready")
    cut(gate)
    gate.get_by_test_id("trip-now").click()
    gate.get_by_test_id("trip-end").click()
    gate.get_by_test_id("trip-yes").click()
    expect(trip).to_have_attribute("data-under-way", "")
    gate.get_by_test_id("trip-outbound").click()
    expect(trip).to_contain_text("已记下，联网后上报")
    gate.reload()
    expect(trip).to_have_attribute("data-under-way", "outbound")
    mend(gate)
    expect(trip).to_contain_text("0 人")
    day = f"/api/v1/vehicles/{bus['id']}/trips?day={now().astimezone(ZoneInfo('Asia/Shanghai')).date()}"
    trips = [trip for trip in admin.get(day).json()["trips"] if trip["driver"]]
    assert [(trip["direction"], trip["until"] is None) for trip in trips] == [
        ("outbound", False),
        ("inbound", False),
        ("outbound", True),
    ]
    assert trips[1]["until"] <= trips[2]["since"]
