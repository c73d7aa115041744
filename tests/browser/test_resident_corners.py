"""A resident's bad luck: a slip of the finger, a second phone, a dead spot, small eyes, another language, a hold."""

from playwright.sync_api import Page, Route, expect

from lianfang.kit.identifiers import mask_name
from tests.browser.conftest import OpenPage, sign_in
from tests.browser.network import cut, mend
from tests.browser.residents import check_in, code_of, demo_door, hold, register
from tests.support.instance import Instance
from tests.support.people import Resident, somebody

DOOR = "鼓楼小区南门"


def say_who(page: Page, who: Resident, document: str = "") -> None:
    page.get_by_label("姓名").fill(who.name)
    page.get_by_label("证件号码").fill(document or who.document)
    page.get_by_role("button", name="下一步").click()


def ask_for_code(page: Page, phone: str) -> str:
    page.get_by_label("手机号码").fill(phone)
    page.get_by_role("button", name="获取验证码").click()
    return page.get_by_test_id("demo-code").inner_text()


def agree(page: Page, code: str) -> None:
    page.get_by_role("textbox", name="验证码").fill(code)
    page.get_by_label("单独同意").check()
    page.get_by_role("button", name="同意并继续").click()


def answer(page: Page) -> None:
    page.get_by_label("走亲访友").check()
    page.get_by_label("楼栋门牌").fill("3号楼 201")
    page.get_by_role("button", name="提交登记").click()


def visits(page: Page) -> list[dict[str, str]]:
    return list(page.request.get("/api/v1/residents/me/visits").json()["items"])


def other_digit(right: str) -> str:
    """The same number with one digit mistyped."""
    return right[:-1] + ("0" if right[-1] != "0" else "1")


def test_slips_are_told_at_their_field_and_nothing_is_typed_twice(open_page: OpenPage) -> None:
    page, who = open_page(phone=True), somebody()
    page.goto(demo_door(page))
    say_who(page, who, document=other_digit(who.document))
    expect(page.get_by_test_id("error-document_number")).to_have_text("最后一位与前面的数字对不上，请核对有没有写错。")
    expect(page.get_by_label("证件号码")).to_be_focused()
    # as people write it: in groups, and a small x at the end
    say_who(page, who, document=f"{who.document[:6]} {who.document[6:14]} {who.document[14:].lower()}")

    right = ask_for_code(page, who.phone)
    agree(page, other_digit(right))
    expect(page.get_by_test_id("error-code")).to_have_text("验证码不正确或已过期。")
    page.get_by_role("textbox", name="验证码").fill(right)
    page.get_by_role("button", name="同意并继续").click()
    expect(page.get_by_test_id("me")).to_have_text(mask_name(who.name))


def test_without_consent_nothing_is_sent(open_page: OpenPage) -> None:
    page, who = open_page(phone=True), somebody()
    page.goto(demo_door(page))
    say_who(page, who)
    page.get_by_role("textbox", name="验证码").fill(ask_for_code(page, who.phone))
    page.get_by_role("button", name="同意并继续").click()
    expect(page.get_by_test_id("error-consent")).to_be_visible()
    assert page.request.get("/api/v1/residents/me").status == 401


def test_the_same_document_signs_in_from_its_own_number_only(open_page: OpenPage) -> None:
    who = somebody("王芳")
    register(open_page(phone=True).request, who)

    stranger = open_page(phone=True)
    stranger.goto(demo_door(stranger))
    say_who(stranger, who)
    agree(stranger, ask_for_code(stranger, somebody().phone))
    expect(stranger.get_by_test_id("form-error")).to_contain_text("该证件已用其他姓名或手机号登记")

    new_phone = open_page(phone=True)
    new_phone.goto(demo_door(new_phone))
    # two-character names are printed with a space on many papers
    say_who(new_phone, Resident("王　芳", who.document, who.phone))
    agree(new_phone, ask_for_code(new_phone, who.phone))
    expect(new_phone.get_by_test_id("me")).to_have_text("王*")


def test_answers_that_come_late_take_no_tap_away(open_page: OpenPage) -> None:
    before, page, who = open_page(phone=True), open_page(phone=True), somebody()
    door = demo_door(page)
    register(before.request, who)
    check_in(before.request, code_of(door), {"purpose": "visit", "house": "3号楼 201"})

    page.goto(door)
    say_who(page, who)
    code = ask_for_code(page, who.phone)
    late: list[Route] = []
    page.route("**/api/v1/doors/*", lambda route: late.append(route))
    agree(page, code)
    page.get_by_label("回家").check()
    [held] = late
    held.continue_()
    expect(page.get_by_label("楼栋门牌")).to_have_value("3号楼 201")  # remembered: they have come
    expect(page.get_by_label("回家")).to_be_checked()

    page.get_by_role("button", name="提交登记").click()
    expect(page.get_by_test_id("stamp")).to_be_visible()


def test_a_scan_in_a_dead_spot_is_kept_and_delivered_once(open_page: OpenPage) -> None:
    page = open_page(phone=True)
    door = demo_door(page)
    register(page.request)
    page.goto(door)
    page.evaluate("navigator.serviceWorker.ready")
    cut(page)
    answer(page)
    expect(page.get_by_test_id("saved")).to_contain_text("尚未收到")
    assert visits(page) == []  # Playwright's own requests do not go through the page's network

    # the page is closed and opened again, still without a network: the door is known, and says so
    page.reload()
    expect(page.get_by_test_id("place")).to_have_text(DOOR)
    expect(page.get_by_text("1 条登记存在本机，尚未收到")).to_be_visible()
    expect(page.get_by_text("网络不通，显示的是上次打开时的内容。")).to_be_visible()

    mend(page)
    expect(page.get_by_text("1 条登记存在本机，尚未收到")).to_have_count(0)
    expect(page.get_by_text("网络不通，显示的是上次打开时的内容。")).to_have_count(0)
    assert len(visits(page)) == 1

    page.reload()
    page.get_by_role("link", name="我的登记").click()
    expect(page.get_by_test_id("visit")).to_have_count(1)
    expect(page.get_by_test_id("unsent")).to_have_count(0)
    assert len(visits(page)) == 1


def test_a_saved_scan_becomes_its_stamp_when_the_network_is_back(open_page: OpenPage) -> None:
    page = open_page(phone=True)
    register(page.request)
    page.goto(demo_door(page))
    page.evaluate("navigator.serviceWorker.ready")
    cut(page)
    answer(page)
    expect(page.get_by_test_id("saved")).to_be_visible()
    expect(page.get_by_test_id("stamp")).to_have_count(0)
    mend(page)
    expect(page.get_by_test_id("stamp")).to_be_visible()
    [visit] = visits(page)
    expect(page.get_by_test_id("serial")).to_have_text(visit["serial"])


def test_the_language_changes_midway_and_every_sentence_with_it(open_page: OpenPage) -> None:
    page, who = open_page(phone=True), somebody()
    switch = page.get_by_test_id("lang")
    page.goto(demo_door(page))
    say_who(page, who, document=other_digit(who.document))
    switch.click()
    expect(page.get_by_test_id("error-document_number")).to_have_text(
        "The last character does not fit the others. Please check for a typing error."
    )
    expect(page.get_by_label("Name")).to_have_value(who.name)
    switch.click()
    say_who(page, who)
    agree(page, ask_for_code(page, who.phone))
    page.get_by_label("走亲访友").check()
    page.get_by_role("button", name="提交登记").click()
    expect(page.get_by_test_id("error-answer-house")).to_have_text("请填写楼栋门牌。")
    switch.click()
    expect(page.get_by_test_id("error-answer-house")).to_have_text("Please fill in: Building and flat.")
    expect(page.get_by_label("Visiting")).to_be_checked()
    page.get_by_label("Building and flat").fill("3-201")
    page.get_by_role("button", name="Submit check-in").click()
    expect(page.get_by_test_id("verdict")).to_have_text("Pass")
    expect(page.get_by_test_id("reason")).to_have_text("Registered. You may pass.")
    switch.click()
    expect(page.get_by_test_id("verdict")).to_have_text("通行")
    expect(page.get_by_test_id("reason")).to_have_text("已登记，请通行。")


def test_large_type_is_large_fits_the_phone_and_stays(open_page: OpenPage) -> None:
    page = open_page(phone=True)
    page.goto(demo_door(page))
    page.get_by_test_id("large").click()
    next_button = page.get_by_role("button", name="下一步")
    for _ in range(2):
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 20
        box = next_button.bounding_box()
        assert box
        assert box["height"] >= 56
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.reload()
        expect(next_button).to_be_visible()
    register(page.request)
    page.reload()
    answer(page)
    expect(page.get_by_test_id("stamp")).to_be_visible()
    assert page.get_by_test_id("verdict").evaluate("word => parseFloat(getComputedStyle(word).fontSize)") >= 48
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_hold_is_seen_on_the_stamp_and_at_the_gate(open_page: OpenPage, instance: Instance) -> None:
    page, gate = open_page(phone=True), open_page(phone=True)
    door = demo_door(page)
    who = register(page.request)
    person = page.request.get("/api/v1/residents/me").json()["person_id"]
    sign_in(gate, "gate01", "/gate/")
    gate.get_by_text(DOOR).click()
    expect(gate.get_by_test_id("line")).to_have_attribute("data-line", "live")

    hold(instance, person, "yellow")
    page.goto(door)
    answer(page)
    sentence = "需要留观，请按工作人员指引登记后通行。"
    expect(page.get_by_test_id("stamp")).to_have_attribute("data-verdict", "observe")
    expect(page.get_by_test_id("verdict")).to_have_text("留观")
    expect(page.get_by_test_id("reason")).to_have_text(sentence)
    field = gate.get_by_test_id("verdict")
    expect(field).to_have_attribute("data-verdict", "observe")
    expect(field).to_contain_text(sentence)
    expect(field).to_contain_text(mask_name(who.name))

    hold(instance, person, "red")
    page.goto(door)
    page.get_by_role("button", name="登记", exact=True).click()
    sentence = "需要隔离，请不要进入，联系社区。"
    expect(page.get_by_test_id("verdict")).to_have_text("拒绝")
    expect(page.get_by_test_id("reason")).to_have_text(sentence)
    expect(field).to_have_attribute("data-verdict", "refuse")
    expect(field).to_contain_text(sentence)
    # the one before stands apart, so that it is not overlooked in the queue
    expect(gate.get_by_test_id("attention")).to_contain_text(mask_name(who.name))

    gate.get_by_test_id("lang").click()
    expect(field).to_contain_text("Isolation is required. Please do not enter; contact your community.")
    page.get_by_role("link", name="我的登记").click()
    expect(page.get_by_test_id("visit").first).to_contain_text(sentence)
