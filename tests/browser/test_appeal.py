"""A resident reads why he is yellow and appeals; the clerk releases with a second official; the phone turns green."""

import re
from pathlib import Path

import cv2
import numpy as np
import psycopg
from playwright.sync_api import Page, expect

from lianfang.kit.cluster import Cluster
from lianfang.kit.crypto import Keys
from lianfang.migrations.roles import role_dsn
from tests.browser.conftest import OpenPage, sign_in
from tests.browser.gates import staff
from tests.browser.residents import check_in, code_of, demo_door, register
from tests.support.instance import Instance


def companion(instance: Instance, person_id: int) -> None:
    """A disease control centre reports that somebody was near a case."""
    keys = Keys(bytes.fromhex((instance.home / "secret.key").read_text()))
    with Cluster(instance.home).join() as cluster:
        dsn = role_dsn(cluster.superuser_dsn("lianfang"), "lianfang_worker", keys)
        with psycopg.connect(dsn) as conn:
            row = conn.execute("INSERT INTO evidence_batches DEFAULT VALUES RETURNING id").fetchone()
            assert row is not None
            conn.execute(
                "INSERT INTO evidence (person_id, id, batch_id, kind, at, result, source, provenance) VALUES"
                " (%s, gen_random_uuid(), %s, 'contact_order', now() - interval '3 hours', 'companion', '赤城县疾控中心', 'feed:77')",
                [person_id, row[0]],
            )
            conn.execute("SELECT defer_recolour(%s)", [row[0]])


def yellow(phone: Page, instance: Instance) -> str:
    """Somebody whose code is yellow; their document."""
    who = register(phone.request)
    check_in(phone.request, code_of(demo_door(phone)))
    me = phone.request.get("/api/v1/residents/me").json()
    companion(instance, me["person_id"])
    phone.goto("/h5/code")
    why = phone.get_by_test_id("why")
    for _ in range(20):  # the worker colours within a second or two; the page looks when it is opened
        if why.or_(phone.get_by_test_id("why-green")).first.is_visible() and why.is_visible():
            break
        phone.wait_for_timeout(500)
        phone.reload()
    expect(why).to_be_visible()
    return who.document


def test_a_resident_appeals_and_turns_green(open_page: OpenPage, instance: Instance, tmp_path: Path) -> None:
    phone, desk, other = open_page(phone=True), open_page(), open_page()
    yellow(phone, instance)
    expect(phone.get_by_test_id("why")).to_contain_text("同一时间")
    phone.get_by_test_id("appeal").first.click()
    photo = tmp_path / "报告.jpg"
    photo.write_bytes(bytes(cv2.imencode(".jpg", np.full((600, 900, 3), 230, np.uint8))[1]))
    phone.get_by_label("请说明情况").fill("那天我不在车上，车票已退")
    phone.get_by_test_id("pick").set_input_files(photo)
    phone.get_by_role("button", name="提交", exact=True).click()
    expect(phone.get_by_test_id("ticket-state")).to_have_text("等待受理")
    expect(phone.get_by_text("附件 1 个")).to_be_visible()
    number = phone.url.rpartition("/")[2]

    sign_in(desk, "chicheng")
    desk.get_by_role("link", name="咨询与申诉").click()
    row = desk.get_by_role("row").filter(has=desk.get_by_text(number, exact=True)).filter(has_text="申诉")
    row.get_by_role("button", name="打开").click()
    expect(desk.get_by_text("附件只给经办人看")).to_be_visible()
    desk.locator("[data-step=take]").click()
    expect(desk.get_by_test_id("state")).to_have_text("办理中")
    expect(desk.get_by_text("赤城县疾控中心").or_(desk.get_by_text("所申诉的管控")).first).to_be_visible()
    with desk.expect_download() as got:
        desk.get_by_role("link", name="附件 1").click()
    picture = cv2.imdecode(np.fromfile(got.value.path(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (600, 900, 3)
    desk.locator("[data-step=release]").click()
    form = desk.get_by_test_id("step-form")
    form.locator("input[name=second]").fill("崇礼区")
    form.get_by_test_id("find-second").click()
    expect(form.get_by_role("radio", name=re.compile("崇礼区"))).to_be_checked()
    form.locator(".el-checkbox").first.click()
    form.locator("textarea").fill("车票核实已退，疾控中心同意更正")
    form.get_by_role("button", name="提请解除管控").click()
    expect(desk.get_by_test_id("state")).to_have_text("等第二单位会签")
    phone.reload()
    expect(phone.get_by_test_id("ticket-state")).to_have_text("等待第二单位会签")
    desk.get_by_test_id("to-request").click()
    expect(desk.get_by_test_id("request")).to_contain_text("车票核实已退")
    expect(desk.get_by_test_id("to-ticket")).to_contain_text(number)
    request = desk.url.rpartition("=")[2]

    staff(other, "chongli")
    other.goto(f"/console/holds?request={request}")
    other.get_by_test_id("sign").click()
    other.locator(".el-message-box").get_by_role("button", name="会签同意").click()
    expect(other.get_by_test_id("request")).to_contain_text("已同意")
    for _ in range(30):
        phone.reload()
        expect(phone.get_by_test_id("steps")).to_be_visible()
        if "已答复" in phone.get_by_test_id("ticket-state").inner_text():
            break
        phone.wait_for_timeout(500)
    expect(phone.get_by_test_id("steps")).to_contain_text("管控已解除")
    desk.goto("/console/tickets?view=done")
    desk.wait_for_timeout(1500)
    phone.goto("/h5/code")
    expect(phone.get_by_test_id("why-green")).to_be_visible()
    assert phone.request.get("/api/v1/residents/me/colour").json()["colour"] == "green"


def test_an_answer_and_a_question_back_are_read_on_the_phone(open_page: OpenPage, instance: Instance) -> None:
    phone, desk = open_page(phone=True), open_page()
    phone.context.add_init_script("document.cookie = 'lf_lang=en; path=/'")
    register(phone.request)
    phone.goto("/h5/tickets")
    phone.get_by_role("link", name="Send a new request").or_(
        phone.get_by_role("button", name="Send a new request")
    ).click()
    phone.get_by_label("What happened").fill("How many tests do I need?")
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(phone.get_by_test_id("ticket-state")).to_have_text("Waiting to be taken")
    number = phone.url.rpartition("/")[2]
    staff(desk, "hebei")
    desk.goto(f"/console/tickets?ticket={number}")
    desk.locator("[data-step=take]").click()
    desk.locator("[data-step=ask]").click()
    desk.get_by_test_id("step-form").locator("textarea").fill("Where do you come from?")
    desk.get_by_test_id("step-form").get_by_role("button", name="请群众补充").click()
    expect(desk.get_by_test_id("state")).to_have_text("等群众补充")
    phone.reload()
    expect(phone.get_by_test_id("steps")).to_contain_text("Where do you come from?")
    phone.get_by_label("Your reply").fill("Beijing")
    phone.get_by_role("button", name="Send reply").click()
    expect(phone.get_by_test_id("ticket-state")).to_have_text("Being dealt with")
    desk.reload()
    desk.locator("[data-step=answer]").click()
    desk.get_by_test_id("step-form").locator("textarea").fill("Two tests in three days.")
    desk.get_by_test_id("step-form").get_by_role("button", name="答复", exact=True).click()
    expect(desk.get_by_test_id("state")).to_have_text("已答复")
    phone.reload()
    expect(phone.get_by_test_id("steps")).to_contain_text("Two tests in three days.")
    expect(phone.get_by_role("button", name="Send again")).to_be_visible()
    phone.goto("/h5/tickets")
    phone.wait_for_timeout(800)
