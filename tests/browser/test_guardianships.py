"""A clerk enters a guardianship with both documents in hand, and ends it."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, sign_in
from tests.support.people import somebody


def test_a_guardianship_is_proven_by_paper_and_ended(open_page: OpenPage) -> None:
    desk = open_page()
    guardian, member = somebody("王建国"), somebody("王小明")
    sign_in(desk, "chicheng", "/console/guardianships")
    desk.get_by_role("button", name="核验登记").first.click()
    form = desk.get_by_test_id("guardianship-form")
    for key, who in (("guardian", guardian), ("member", member)):
        form.locator(f"input[name={key}-name]").fill(who.name)
        form.locator(f"input[name={key}-document]").fill(who.document)
    wrong = member.document[:-1] + ("1" if member.document[-1] != "1" else "2")
    form.locator("input[name=member-document]").fill(wrong)
    form.get_by_text("已向监护人说明").click()
    form.get_by_role("button", name="保存").click()
    expect(form.locator("fieldset").nth(1).locator(".el-form-item__error")).to_be_visible()
    form.locator("input[name=member-document]").fill(member.document)
    form.get_by_role("button", name="保存").click()
    row = desk.get_by_test_id("guardianships").get_by_role("row").filter(has_text="王*明")
    expect(row).to_contain_text("有效")
    row.get_by_test_id("end").click()
    box = desk.locator(".el-message-box")
    box.locator("input").fill("凭书面申请")
    box.get_by_role("button", name="解除").click()
    expect(row).to_contain_text("凭书面申请")
    expect(row.get_by_test_id("end")).to_have_count(0)
