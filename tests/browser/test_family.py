"""A mother shows three codes on one phone, checks her children in, and looks after an elder."""

from typing import Any

from playwright.sync_api import Page, expect

from lianfang.family.model import CONSENT_TEXT
from tests.browser.conftest import OpenPage
from tests.browser.gates import blank_form, new_door, staff, watch
from tests.browser.network import cut, mend
from tests.browser.residents import register
from tests.browser.test_offline_codes import scan
from tests.support.people import Resident, somebody


def add_member(phone: Page, who: Resident, relation: str = "child") -> int:
    """Somebody without a phone in the care of who is signed in, without the pages; their id."""
    body = {
        "name": who.name,
        "document_type": "resident_id",
        "document_number": who.document,
        "relation": relation,
        "consent": True,
        "consent_text": CONSENT_TEXT,
    }
    answer = phone.request.post("/api/v1/residents/me/family", data=body)
    assert answer.ok, answer.text()
    return int(answer.json()["members"][-1]["member_id"])


def swipe(page: Page, by: int) -> None:
    """A finger across the code; to the left shows the next one."""
    page.get_by_test_id("my-code").evaluate(
        """(code, by) => {
          const touch = (x) => new Touch({ identifier: 1, target: code, clientX: x, clientY: 300 })
          const send = (type, x, touches) =>
            code.dispatchEvent(new TouchEvent(type, { bubbles: true, touches, changedTouches: [touch(x)] }))
          send('touchstart', 180, [touch(180)])
          send('touchend', 180 + by, [])
        }""",
        by,
    )


def test_a_mother_shows_three_codes_with_and_without_a_network(open_page: OpenPage) -> None:
    page = open_page(phone=True)
    register(page.request, somebody("王母亲"))
    page.goto("/h5/")
    page.get_by_role("button", name="家人的码").click()
    page.get_by_role("button", name="添加家人").click()
    child = somebody("王小明")
    page.get_by_role("button", name="添加", exact=True).click()
    expect(page.get_by_text("请勾选同意。")).to_be_visible()
    page.get_by_label("对方姓名").fill(child.name)
    page.get_by_label("证件号码").fill(child.document)
    page.get_by_label("我同意并保证").check()
    page.get_by_role("button", name="添加", exact=True).click()
    expect(page.get_by_test_id("member")).to_contain_text("王*明")
    add_member(page, somebody("王小红"))

    page.goto("/h5/code")
    code, name = page.get_by_test_id("my-code"), page.get_by_test_id("me")
    expect(page.get_by_test_id("person")).to_have_count(3)
    texts = set()
    for shown in ("王*亲", "王*明", "王*红"):
        expect(name).to_have_text(shown)
        expect(code).to_have_attribute("data-colour", "green")
        texts.add(code.get_attribute("data-text"))
        swipe(page, -120)
    assert len(texts) == 3
    page.evaluate("navigator.serviceWorker.ready")
    cut(page)
    page.reload()
    expect(name).to_have_text("王*亲")
    swipe(page, -120)
    expect(name).to_have_text("王*明")
    expect(code).to_have_attribute("data-valid", "true")
    mend(page)


def test_the_gate_scans_one_code_and_registers_the_whole_family(open_page: OpenPage) -> None:
    page, gate = open_page(phone=True), open_page(phone=True)
    mayor = staff(open_page(), "chicheng")
    watch(gate, door := new_door(mayor, template_id=blank_form(mayor)))
    register(page.request, somebody("王母亲"))
    for name in ("王小明", "王小红"):
        add_member(page, somebody(name))
    page.goto("/h5/code")
    expect(page.get_by_test_id("person")).to_have_count(3)
    page.get_by_text("一家一码").click()
    for shown in ("王*明", "王*红"):
        page.get_by_test_id("group").get_by_label(shown).check()
    expect(page.get_by_test_id("several")).to_contain_text("一码 3 人")

    gate.get_by_test_id("tab-scan").click()
    scan(gate, str(page.get_by_test_id("my-code").get_attribute("data-text")))
    members = gate.get_by_test_id("gate-member")
    expect(members).to_have_count(3)
    members.nth(1).get_by_test_id("admit").click()
    expect(members.nth(1)).to_have_attribute("data-verdict", "pass")
    expect(members.nth(2)).not_to_have_attribute("data-verdict", "pass")
    gate.get_by_test_id("admit-all").click()
    for nth in range(3):
        expect(members.nth(nth)).to_have_attribute("data-verdict", "pass")
    recent = mayor.get(f"/api/v1/gate/{door['id']}/recent").json()["items"]
    assert {one["name"] for one in recent} == {"王*亲", "王*明", "王*红"}


def test_one_tap_checks_in_everybody_with_a_stamp_each(open_page: OpenPage) -> None:
    page, admin = open_page(phone=True), open_page()
    mayor = staff(admin, "chicheng")
    plain, reviewed = (
        new_door(mayor, template_id=blank_form(mayor)),
        new_door(mayor, template_id=blank_form(mayor), review=True),
    )
    register(page.request, somebody("王母亲"))
    members = [add_member(page, somebody(name)) for name in ("王小明", "王小红")]
    page.goto("/h5/family")
    expect(page.get_by_test_id("member")).to_have_count(2)

    page.goto(f"/v/{plain['code']}")
    for shown in ("王*明", "王*红"):
        page.get_by_label(shown).check()
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_test_id("stamp")).to_have_attribute("data-verdict", "pass")
    stamps = page.get_by_test_id("family-stamp")
    expect(stamps).to_have_count(2)
    for nth, shown in enumerate(("王*明", "王*红")):
        expect(stamps.nth(nth)).to_have_attribute("data-verdict", "pass")
        expect(stamps.nth(nth)).to_contain_text(shown)
    for member in members:
        visits = page.request.get(f"/api/v1/residents/me/visits?member={member}").json()["items"]
        assert [visit["checkpoint"] for visit in visits] == [plain["name"]]

    # at a door with a review each waits for the attendant, also after the page was closed meanwhile
    page.goto(f"/v/{reviewed['code']}")
    page.get_by_label("王*明").check()
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_test_id("undecided")).to_be_visible()
    expect(stamps).to_contain_text("请等待工作人员查验")
    page.reload()
    expect(stamps).to_contain_text("请等待工作人员查验")
    gate: Any = mayor
    for one in gate.get(f"/api/v1/gate/{reviewed['id']}/waiting").json()["items"]:
        decision = {
            "decision_id": one["scan_id"],
            "scan_id": one["scan_id"],
            "person_id": one["person_id"],
            "action": "approve",
            "at": one["at"],
        }
        answer = gate.post(f"/api/v1/gate/{reviewed['id']}/decisions", data=decision)
        assert answer.ok, answer.text()
    expect(page.get_by_test_id("stamp")).to_be_visible()
    expect(stamps).to_have_attribute("data-verdict", "pass")
