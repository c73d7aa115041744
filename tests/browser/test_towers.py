"""An office tower: the administrator enters its tenants, residents and the gate choose one, the record and the count name it."""

from playwright.sync_api import Page, expect

from lianfang.demo.tower import TENANTS
from tests.browser.conftest import OpenPage
from tests.browser.gates import blank_form, new_door, staff, watch
from tests.browser.residents import register
from tests.browser.test_gate_scan import scan_as_keyboard
from tests.support.people import somebody

PASTED = "\n".join(f"{floor}\t{name}" for floor, name in TENANTS) + "\n\nB1，职工食堂\n"


def people(console: Page, name: str) -> str:
    return console.get_by_role("row").filter(has_text=name).locator("[data-testid^=people-]").inner_text()


def test_tenants_are_entered_chosen_and_counted(open_page: OpenPage) -> None:
    console, phone = open_page(), open_page(phone=True)
    admin = staff(console, "chicheng")
    door = new_door(admin, category="office", template_id=blank_form(admin), name="海陀大厦二期")

    # the administrator pastes the list, corrects it, and adds one
    console.goto(f"/console/checkpoints/{door['id']}")
    console.get_by_role("button", name="批量粘贴").click()
    lines = console.get_by_role("textbox", name="每行一家")
    lines.fill(PASTED + "十楼\n")
    expect(console.get_by_text("第 8 行缺少楼层或单位名称")).to_be_visible()
    lines.fill(PASTED + "12F,云州律师事务所\n")
    console.get_by_role("button", name="保存").click()
    expect(console.get_by_test_id("tenant-errors")).to_contain_text("第 8 行：12F 已有“云州律师事务所”")
    lines.fill(PASTED)
    console.get_by_role("button", name="保存").click()
    expect(console.get_by_test_id("occupancy")).to_contain_text("楼内 0 人")
    console.get_by_role("button", name="添加单位").click()
    console.get_by_label("楼层", exact=True).fill("12F")
    console.get_by_label("单位名称", exact=True).fill("白河会计师事务所")
    console.get_by_role("button", name="保存").click()
    rows = console.get_by_test_id("towers").get_by_role("row")
    expect(rows).to_have_count(1 + len(TENANTS) + 2)
    expect(rows.nth(1)).to_contain_text("职工食堂")  # from the cellars up

    # a resident must choose, finds the tenant by a part of its name, and sees it on the stamp
    register(phone.request, somebody())
    phone.goto(f"/v/{door['code']}")
    button = phone.get_by_role("button", name="登记")
    button.click()
    expect(phone.get_by_test_id("error-tenant")).to_have_text("请选择去往的单位。")
    phone.get_by_label("搜索单位或楼层").fill("测绘")
    expect(phone.get_by_test_id("tenants").get_by_role("radio")).to_have_count(1)
    phone.get_by_text("长城脚测绘公司").click()
    button.click()
    expect(phone.get_by_test_id("tenant")).to_have_text("9F 长城脚测绘公司")

    # next time it is filled in; one that has moved out meanwhile is refused and the list is new
    phone.goto(f"/v/{door['code']}")
    expect(phone.get_by_test_id("tenants")).to_contain_text("9F 长城脚测绘公司")
    console.reload()
    expect(console.get_by_test_id("occupancy")).to_contain_text("楼内 1 人")
    assert people(console, "长城脚测绘公司") == "1"
    console.get_by_role("button", name="迁出 长城脚测绘公司").click()
    console.get_by_role("dialog").get_by_role("button", name="迁出").click()
    expect(console.get_by_role("row").filter(has_text="长城脚测绘公司")).to_contain_text("已迁出")
    button.click()
    expect(phone.get_by_test_id("error-tenant")).to_contain_text("“长城脚测绘公司”已经搬走")
    expect(phone.get_by_role("radio")).to_have_count(len(TENANTS) + 1)
    phone.get_by_text("云州律师事务所").click()
    button.click()
    expect(phone.get_by_test_id("tenant")).to_have_text("12F 云州律师事务所")

    # the record says where the person went, also to the one that moved out
    console.goto(f"/console/records?checkpoint={door['id']}")
    console.get_by_role("row").nth(2).click()
    expect(console.get_by_test_id("record-facts")).to_contain_text("9F 长城脚测绘公司")


def test_an_attendant_asks_whom_somebody_visits(open_page: OpenPage) -> None:
    gate, phone, console = open_page(), open_page(phone=True), open_page()
    admin = staff(console, "chicheng")
    door = new_door(admin, category="office", template_id=blank_form(admin))
    rows = {"rows": [{"floor": floor, "name": name} for floor, name in TENANTS]}
    [*_, last] = admin.post(f"/api/v1/checkpoints/{door['id']}/tenants", data=rows).json()["items"]
    register(phone.request, somebody())
    token = str(phone.request.get("/api/v1/residents/me/code").json()["token"])
    watch(gate, door)
    scan_as_keyboard(gate, token)
    form = gate.get_by_test_id("scan-form")
    form.get_by_role("button", name="登记").click()
    expect(gate.get_by_test_id("error-tenant")).to_be_visible()
    form.get_by_text(last["name"]).click()
    form.get_by_role("button", name="登记").click()
    expect(gate.get_by_test_id("verdict")).to_be_visible()
    [record] = admin.post("/api/v1/records/search", data={"tenant_id": last["id"]}).json()["items"]
    assert (record["floor"], record["tenant"], record["source"]) == (last["floor"], last["name"], "gate")
