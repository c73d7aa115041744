"""A clerk asks for a release, with evidence; an official of another unit signs; the phone turns green and both are named."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, sign_in
from tests.browser.test_appeal import yellow
from tests.support.instance import Instance


def test_two_officials_release_a_resident(open_page: OpenPage, instance: Instance) -> None:
    phone, desk, other = open_page(phone=True), open_page(), open_page()
    document = yellow(phone, instance)

    sign_in(desk, "chicheng")
    desk.get_by_role("link", name="管控与解除").click()
    desk.get_by_text("查人和申请", exact=True).click()
    desk.locator("input[name=document]").fill(document)
    desk.locator("input[name=purpose]").fill("群众来电反映不在场")
    desk.get_by_role("button", name="查询", exact=True).click()
    case = desk.get_by_test_id("case")
    expect(case.get_by_test_id("holds")).to_contain_text("时空伴随")
    expect(case.get_by_test_id("holds")).to_contain_text("赤城县疾控中心")
    case.get_by_test_id("ask-release").click()
    form = desk.get_by_test_id("ask-form")
    form.locator(".el-checkbox").first.click()
    form.locator("textarea").fill("核实不在车上，车票已退")
    # a unit of one's own line is no second one, and the page says why
    form.locator("input[name=second]").fill("龙关镇")
    form.get_by_test_id("find-second").click()
    form.get_by_role("radio", name=re.compile("龙关镇")).check(force=True)
    form.get_by_role("button", name="提交申请").click()
    expect(form).to_contain_text("互不隶属的另一个单位")
    form.locator("input[name=second]").fill("崇礼区")
    form.get_by_test_id("find-second").click()
    expect(form.get_by_role("radio", name=re.compile("崇礼区"))).to_be_checked()
    form.get_by_role("button", name="提交申请").click()
    expect(desk.get_by_test_id("request")).to_contain_text("待会签")
    expect(desk.get_by_test_id("sign")).to_have_count(0)

    sign_in(other, "chongli", "/console/holds")
    other.get_by_test_id("requests").get_by_role("row").filter(has_text="核实不在车上").get_by_role(
        "button", name="去办理"
    ).click()
    expect(other.get_by_test_id("request")).to_contain_text("赤城县管理员")
    other.get_by_test_id("sign").click()
    other.locator(".el-message-box").get_by_role("button", name="会签同意").click()
    expect(other.get_by_test_id("request")).to_contain_text("已同意")

    phone.reload()
    expect(phone.get_by_test_id("why-green")).to_be_visible()
    assert phone.request.get("/api/v1/residents/me/colour").json()["colour"] == "green"
    desk.goto("/console/holds?tab=all")
    row = desk.get_by_test_id("requests").get_by_role("row").filter(has_text="核实不在车上")
    expect(row).to_contain_text("赤城县 · 赤城县管理员")
    expect(row).to_contain_text("崇礼区 · 崇礼区管理员")
