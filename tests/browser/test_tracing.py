"""Tracing in the browser: a case is found, asked where they were, and traced; the contacts are opened with why, compared with the
trace before, and written into a file; the days are worded for the public."""

import json
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect

from lianfang.kit.clock import now
from tests.browser.conftest import OpenPage, sign_in

PURPOSE = "疫情流调"


def call(page: Page, path: str, body: dict[str, Any]) -> Any:
    answer = page.request.post(f"/api/v1{path}", data=body)
    assert answer.ok, answer.text()
    return answer.json()


def somebody_often_seen(page: Page) -> dict[str, Any]:
    """One of the demo's people who was seen most, yesterday and before (today's are of other tests, too): a record, opened."""
    rows = call(page, "/records/search", {"limit": 100, "to": (now() - timedelta(days=1)).isoformat()})["items"]
    best = max(rows, key=lambda row: sum(other["person_id"] == row["person_id"] for other in rows))
    key = {"person_id": best["person_id"], "scan_id": best["scan_id"], "purpose": PURPOSE}
    person: dict[str, Any] = call(page, "/records/detail", key)
    return person


def test_from_a_case_by_the_interview_to_contacts_and_the_public_notice(open_page: OpenPage) -> None:
    page = open_page()
    sign_in(page, "chicheng", "/console/tracing")
    expect(page.get_by_role("heading", name="密接追踪")).to_be_visible()
    case = somebody_often_seen(page)
    page.get_by_label("用途（将被记录）").fill(PURPOSE)

    # a list with a row that is none, then the same person one by one
    page.get_by_text("粘贴名单或读取文件", exact=True).click()
    page.get_by_label("粘贴名单或读取文件").fill(f"{case['document']}\t{case['at'][:10]}\n13800000000\t昨天")
    page.get_by_role("button", name="读取名单").click()
    expect(page.get_by_test_id("bad-cases")).to_contain_text("第 2 行")
    expect(page.get_by_test_id("cases").get_by_role("listitem")).to_have_count(1)
    assert case["name"] not in page.get_by_test_id("cases").inner_text()

    start(page)
    expect(page.get_by_test_id("contacts").locator("tbody tr").first).to_be_visible(timeout=60_000)
    first = number_of(page)

    # why: with the keyboard
    page.get_by_test_id("contacts").locator("tbody tr").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("evidence").get_by_role("listitem").first).to_contain_text("共处")
    page.keyboard.press("Escape")

    # the interview
    page.get_by_test_id("cases").get_by_role("link", name="访谈").click()
    timeline = page.get_by_test_id("timeline")
    expect(timeline.get_by_role("listitem").first).to_be_visible()
    told(page, "村里老李家打牌", "下午三点左右")
    place = timeline.locator("li.recorded b").first.inner_text()
    told(page, place, "around noon", meant=True)
    expect(timeline.locator("li.told")).to_have_count(2)
    timeline.locator("li.recorded").last.get_by_role("button", name="不是本人").click()
    expect(timeline.locator("li.struck")).to_have_count(1)
    page.get_by_role("button", name="修改记录").click()
    expect(page.get_by_test_id("history").get_by_role("listitem")).to_have_count(3)
    page.keyboard.press("Escape")

    # for the public: nothing of the person, nor of what they told in their own words
    page.get_by_role("button", name="轨迹公告").click()
    notice = page.get_by_test_id("notice-zh").inner_text() + page.get_by_test_id("notice-en").inner_text()
    assert place[:2] in notice
    for secret in (case["name"], case["document"], case["phone"], case["phone"].removeprefix("+86"), "老李"):
        assert secret not in notice
    page.keyboard.press("Escape")

    # traced again: what was told counts, and the two are compared
    page.get_by_role("link", name="返回追踪").click()
    page.get_by_role("button", name=f"#{first}").click()
    expect(page.get_by_label(f"与第 {first} 次追踪比较")).to_be_checked()
    sent: list[dict[str, Any]] = []
    page.on("request", lambda r: sent.append(json.loads(r.post_data or "{}")) if r.url.endswith("/traces") else None)
    start(page)
    page.get_by_role("heading", name=f"追踪 #{first + 1}").wait_for()
    [asked] = [body["cases"][0] for body in sent if body]
    assert (len(asked["told"]), len(asked["struck"])) == (1, 1)
    assert asked["told"][0]["give_minutes"] > 0
    page.locator("label", has_text="变化").click()
    expect(page.get_by_test_id("difference").or_(page.get_by_text("两次结果相同。"))).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="导出 Excel").click()
    with page.expect_download() as file:
        page.get_by_role("link", name="lianfang-contacts").click(timeout=60_000)
    assert file.value.suggested_filename.endswith(".xlsx")


def start(page: Page) -> None:
    page.locator("form", has_text="按哪个方案判定").locator(".el-select").click()
    page.get_by_role("option", name="第九版").click()
    page.get_by_role("button", name="开始追踪").click()


def number_of(page: Page) -> int:
    return int(page.url.partition("trace=")[2].partition("&")[0])


def told(page: Page, place: str, when: str, *, meant: bool = False) -> None:
    """Adds a stay in the person's own words; `meant`: the first place that is suggested."""
    form = page.get_by_test_id("tell")
    form.get_by_label("去了哪里").fill(place)
    if meant:
        form.get_by_role("radio").first.check()
    form.get_by_label("什么时间").fill(when)
    form.get_by_role("button", name="添加").click()
    expect(form.get_by_label("什么时间")).to_have_value("")
