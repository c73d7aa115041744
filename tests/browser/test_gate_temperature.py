"""Temperatures at the gate: three taps, a question about odd ones, a stop field for a fever, and reuse at the next door."""

from datetime import timedelta

import psycopg
from playwright.sync_api import expect

from lianfang.kit.cluster import Cluster
from lianfang.kit.identifiers import mask_name
from tests.browser.conftest import OpenPage
from tests.browser.gates import arrive, measure, new_door, staff, tap, watch
from tests.browser.residents import register
from tests.browser.test_resident_corners import answer
from tests.support.instance import Instance
from tests.support.people import somebody


def let_pass(instance: Instance, person_id: int, time: timedelta) -> None:
    """As if this person's temperatures had been taken so much earlier."""
    with Cluster(instance.home).join() as cluster, psycopg.connect(cluster.superuser_dsn("lianfang")) as conn:
        conn.execute("UPDATE temperatures SET at = at - %s WHERE person_id = %s", (time, person_id))


def test_a_fever_at_the_gate_stops_and_is_known_at_the_shop(open_page: OpenPage, instance: Instance) -> None:
    admin, gate, shop_gate, resident = open_page(), open_page(phone=True), open_page(phone=True), open_page(phone=True)
    chicheng = staff(admin, "chicheng")
    estate = new_door(chicheng, temperature_valid_min=120)
    shop = new_door(chicheng, name="汤泉商店测试", category="shop", temperature_valid_min=120)
    watch(gate, estate)
    watch(shop_gate, shop)
    who = register(resident.request, somebody())
    person = resident.request.get("/api/v1/residents/me").json()["person_id"]

    resident.goto(f"/v/{estate['code']}")
    answer(resident)
    expect(resident.get_by_test_id("undecided")).to_contain_text("请测体温")
    expect(gate.get_by_test_id("person-name")).to_have_text(mask_name(who.name))
    expect(gate.get_by_test_id("refuse")).to_have_count(0)  # nobody reviews here
    measure(gate, "382")
    expect(gate.get_by_test_id("approve")).to_have_count(0)  # nobody can let a fever in
    tap(gate, "fever-stop")
    stop = gate.get_by_test_id("fever")
    expect(stop).to_contain_text("发热 38.2 ℃")
    expect(stop).to_contain_text(mask_name(who.name))
    expect(stop).to_have_attribute("data-told", "true")
    box = stop.bounding_box()
    assert box
    assert box["width"] >= 360, "from edge to edge"
    expect(resident.get_by_test_id("stamp")).to_have_attribute("data-verdict", "refuse", timeout=5_000)
    expect(resident.get_by_test_id("temperature")).to_contain_text("38.2 ℃")
    expect(resident.get_by_test_id("todo")).to_contain_text("发热门诊")
    gate.get_by_test_id("fever-next").click()
    expect(gate.get_by_test_id("queue-empty")).to_be_visible()

    let_pass(instance, person, timedelta(minutes=40))
    resident.goto(f"/v/{shop['code']}")
    resident.get_by_role("button", name="登记", exact=True).click()
    expect(resident.get_by_test_id("stamp")).to_have_attribute("data-verdict", "refuse")
    expect(resident.get_by_test_id("temperature")).to_contain_text(f"38.2 ℃ 40 分钟前在{estate['name']}测得")
    expect(shop_gate.get_by_test_id("fever")).to_contain_text("发热 38.2 ℃")


def test_a_good_temperature_is_taken_once_and_reused_next_door(open_page: OpenPage, instance: Instance) -> None:
    admin, gate, resident = open_page(), open_page(phone=True), open_page(phone=True)
    chicheng = staff(admin, "chicheng")
    estate = new_door(chicheng, temperature_valid_min=120, review=True)
    shop = new_door(chicheng, category="shop", temperature_valid_min=60)
    who = register(resident.request, somebody())
    person = resident.request.get("/api/v1/residents/me").json()["person_id"]
    watch(gate, estate)
    resident.goto(f"/v/{estate['code']}")
    answer(resident)
    expect(gate.get_by_test_id("person-name")).to_have_text(mask_name(who.name))

    # an odd value is asked for once more, and the approval waits for a sound one
    expect(gate.get_by_test_id("approve")).to_be_disabled()
    measure(gate, "342")
    expect(gate.get_by_test_id("ask-again")).to_contain_text("34.2 ℃")
    expect(gate.get_by_test_id("approve")).to_be_disabled()
    measure(gate, "36")
    gate.locator("[data-key=delete]").click()
    measure(gate, "65")
    expect(gate.get_by_test_id("temperature")).to_contain_text("36.5")
    tap(gate, "approve")
    expect(resident.get_by_test_id("stamp")).to_have_attribute("data-verdict", "pass", timeout=5_000)
    expect(resident.get_by_test_id("temperature")).to_contain_text("36.5 ℃ 刚刚")

    let_pass(instance, person, timedelta(minutes=40))
    resident.goto(f"/v/{shop['code']}")
    resident.get_by_role("button", name="登记", exact=True).click()
    expect(resident.get_by_test_id("stamp")).to_have_attribute("data-verdict", "pass")
    expect(resident.get_by_test_id("temperature")).to_contain_text(f"36.5 ℃ 40 分钟前在{estate['name']}测得")

    # the attendant sees where it comes from, too, and may measure again
    resident.goto(f"/v/{estate['code']}")
    resident.get_by_role("button", name="登记", exact=True).click()
    expect(gate.get_by_test_id("measured")).to_contain_text(f"36.5 ℃ 40 分钟前在{estate['name']}测得")
    gate.get_by_role("button", name="再测一次").click()
    expect(gate.get_by_test_id("keypad")).to_be_visible()


def test_a_value_that_stays_odd_is_confirmed_by_measuring_twice(open_page: OpenPage) -> None:
    admin, gate, phone = open_page(), open_page(phone=True), open_page(phone=True)
    door = new_door(staff(admin, "chicheng"), temperature_valid_min=0)
    watch(gate, door)
    who, scan_id = arrive(phone.request, door)
    expect(gate.get_by_test_id("person-name")).to_have_text(mask_name(who.name))
    for _ in range(2):
        measure(gate, "345")
    expect(gate.get_by_text("又是 34.5 ℃")).to_be_visible()
    tap(gate, "approve")
    expect(gate.get_by_test_id("queue-empty")).to_be_visible()
    expect(gate.get_by_test_id("unsent")).to_have_attribute("data-count", "0")
    expect(gate.get_by_test_id("note")).to_have_count(0)
    stamp = phone.request.get(f"/api/v1/scans/{scan_id}").json()
    assert (stamp["verdict"], stamp["temperature"]["celsius"]) == ("pass", 34.5)
