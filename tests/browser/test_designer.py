"""A form is designed in the console, published, put to a door, and filled in on a small phone: both ways through it."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage, sign_in
from tests.browser.residents import register


def write_choices(page: Page, *words: tuple[str, str]) -> None:
    for nth, (chinese, english) in enumerate(words, 1):
        page.get_by_label(f"选项（中文） {nth}", exact=True).fill(chinese)
        page.get_by_label(f"选项（英文） {nth}", exact=True).fill(english)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option).click()


def order(page: Page) -> list[str]:
    return [re.sub(r"\s+", " ", text).strip() for text in page.locator("[data-field] b").all_inner_texts()]


def add_question(page: Page, label: str, english: str) -> None:
    page.get_by_role("button", name="添加一项").click()
    page.get_by_label("问题（中文）").fill(label)
    page.get_by_label("问题（英文）").fill(english)


def drag(page: Page, position: int, to: int) -> None:
    page.locator(".grip").nth(position).drag_to(page.locator("[data-field]").nth(to))


def phone_of(page: Page) -> Locator:
    return page.get_by_test_id("phone")


def test_a_form_with_a_condition_from_the_designer_to_the_record(open_page: OpenPage) -> None:
    county = open_page()
    sign_in(county, "chicheng")
    expect(county.get_by_role("link", name="表单")).to_be_visible()
    county.goto("/console/templates")
    county.get_by_role("button", name="新建表单").click()

    # an empty form is not published, and says why at its field
    county.get_by_role("button", name="发布").click()
    expect(county.get_by_text("请填写问题（中文）。")).to_be_visible()
    county.get_by_label("名称（中文）").fill("返乡登记")
    county.get_by_label("名称（英文）").fill("Coming home")
    county.get_by_label("问题（中文）").fill("14 天内到过外地吗")
    county.get_by_label("问题（英文）").fill("Been elsewhere?")
    choose(county, "类型", "选择")
    write_choices(county, ("没有", "No"), ("到过", "Yes"))
    add_question(county, "到过哪里", "Where?")
    choose(county, "何时显示", "14 天内到过外地吗")
    county.get_by_role("group", name="选择了其中任一项时显示").get_by_text("到过", exact=True).click()
    add_question(county, "楼栋门牌", "Flat")
    county.get_by_text("记住回答，下次自动填入").click()

    # order: with the button, with the keyboard, with the mouse
    county.get_by_role("button", name="上移“楼栋门牌”").click()
    assert order(county) == ["1. 14 天内到过外地吗 *", "2. 楼栋门牌 *", "3. 到过哪里 *"]
    county.keyboard.press("Alt+ArrowUp")
    assert order(county)[0] == "1. 楼栋门牌 *"
    drag(county, 2, 0)
    assert order(county) == ["1. 到过哪里 *", "2. 楼栋门牌 *", "3. 14 天内到过外地吗 *"]
    county.get_by_role("button", name="发布").click()
    expect(county.get_by_text("显示条件所看的选择题已不在前面")).to_be_visible()
    drag(county, 2, 0)
    expect(county.get_by_text("显示条件所看的选择题已不在前面")).to_have_count(0)

    # the phone behaves as the phone will
    phone = phone_of(county)
    expect(phone.get_by_label("到过哪里")).to_have_count(0)
    phone.get_by_label("到过", exact=True).check()
    expect(phone.get_by_label("到过哪里")).to_be_visible()
    phone.get_by_role("button", name="提交登记").click()
    expect(phone.get_by_text("请填写到过哪里。")).to_be_visible()
    phone.get_by_label("没有", exact=True).check()
    expect(phone.get_by_label("到过哪里")).to_have_count(0)

    # what is not published is still here after a reload
    county.wait_for_timeout(500)
    county.reload()
    expect(county.get_by_text("未发布的草稿")).to_be_visible()
    expect(county.get_by_label("名称（中文）")).to_have_value("返乡登记")
    assert order(county)[2] == "3. 楼栋门牌 *"
    county.get_by_role("button", name="发布").click()
    expect(county.get_by_text("“返乡登记”第 1 版已保存")).to_be_visible()

    # to the door
    form = next(item for item in county.request.get("/api/v1/templates").json()["items"] if item["name"] == "返乡登记")
    keys = [field["key"] for field in form["fields"]]
    assert [field.get("show_when") for field in form["fields"]] == [
        None,
        {"field": keys[0], "equals": [form["fields"][0]["choices"][1]["value"]]},
        None,
    ]
    created = county.request.post(
        "/api/v1/checkpoints",
        data={"unit_id": form["unit_id"], "name": "东山村口", "category": "village", "template_id": form["id"]},
    )
    assert created.ok, created.text()
    point = created.json()

    # at 360 px: the one way through the form, and the other
    resident = open_page(phone=True)
    resident.goto(point["link"])
    register(resident.request)
    for been in (False, True):
        resident.goto(point["link"])
        resident.get_by_label("到过" if been else "没有", exact=True).check()
        expect(resident.get_by_label("到过哪里")).to_have_count(int(been))
        if been:
            resident.get_by_role("button", name="提交登记").click()
            expect(resident.get_by_text("请填写到过哪里。")).to_be_visible()
            resident.get_by_label("到过哪里").fill("北京")
        else:
            resident.get_by_label("楼栋门牌").fill("3 号楼")
        assert resident.get_by_label("楼栋门牌").input_value() == "3 号楼"  # remembered the second time
        assert resident.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        resident.get_by_role("button", name="提交登记").click()
        expect(resident.get_by_test_id("stamp")).to_be_visible()

    # the next version; the door moves to it with one click, and the records keep their questions
    county.get_by_role("button", name="编辑“返乡登记”").click()
    expect(county.get_by_text("发布后成为第 2 版")).to_be_visible()
    county.get_by_role("button", name="删除“楼栋门牌”").click()
    county.get_by_role("button", name="发布").click()
    expect(county.get_by_text("“返乡登记”第 2 版已保存")).to_be_visible()
    county.get_by_role("button", name="“返乡登记”的版本").click()
    drawer = county.get_by_role("dialog")
    expect(drawer.get_by_text("有 1 个登记点仍用旧版")).to_be_visible()
    expect(drawer.get_by_role("listitem")).to_have_text(re.compile("删除.*楼栋门牌"))
    drawer.get_by_role("button", name="全部改用第 2 版").click()
    expect(county.get_by_text("1 个登记点已改用第 2 版")).to_be_visible()
    resident.goto(point["link"])
    expect(resident.get_by_label("没有", exact=True)).to_be_visible()
    expect(resident.get_by_label("楼栋门牌")).to_have_count(0)

    search = {"checkpoint_id": point["id"]}
    records = county.request.post("/api/v1/records/search", data=search).json()["items"]
    told = []
    for record in records:
        key = {"person_id": record["person_id"], "scan_id": record["scan_id"], "purpose": "核实返乡人员行程"}
        detail = county.request.post("/api/v1/records/detail", data=key).json()
        told.append([(answer["label"], answer["choice"] or answer["value"]) for answer in detail["answers"]])
    assert sorted(told, key=len) == [
        [("14 天内到过外地吗", "没有"), ("楼栋门牌", "3 号楼")],
        [("14 天内到过外地吗", "到过"), ("到过哪里", "北京"), ("楼栋门牌", "3 号楼")],
    ]


def test_a_ready_made_form_is_taken_or_changed_first(open_page: OpenPage) -> None:
    county = open_page()
    sign_in(county, "chicheng")
    expect(county.get_by_role("link", name="表单")).to_be_visible()
    county.goto("/console/templates")
    county.get_by_role("button", name="现成表单").click()
    drawer = county.get_by_role("dialog")
    drawer.get_by_role("button", name="工地进场登记").first.click()
    drawer.get_by_role("button", name="取用“工地进场登记”").click()
    expect(county.get_by_text("“工地进场登记”第 1 版已保存")).to_be_visible()
    expect(county.get_by_role("row", name="工地进场登记")).to_be_visible()
    county.get_by_role("button", name="现成表单").click()
    drawer.get_by_role("button", name="学校入校登记").first.click()
    drawer.get_by_role("button", name="修改后取用").click()
    expect(county.get_by_label("名称（中文）")).to_have_value("学校入校登记")
    expect(phone_of(county).get_by_label("家长", exact=True)).to_be_visible()
