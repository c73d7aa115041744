"""Every page, in both languages, in large type, on a small phone and on a clerk's screen: nothing sticks out, nothing
serious for axe. `UPDATE_SCREENS=1` keeps the pictures in docs/screens."""

import os
from itertools import count
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from lianfang.demo.places import TOWER
from lianfang.kit.identifiers import check_character
from lianfang.kit.ids import uuid7
from tests.browser.conftest import PASSWORD, OpenPage
from tests.browser.gates import arrive, measure, new_door, staff, tap, watch
from tests.browser.test_family import add_member
from tests.support.people import somebody

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = ROOT / "docs" / "screens"
Mode = Literal["zh-CN", "en", "large"]

CONSOLE = {
    "dashboard": "/console/",
    "statistics": "/console/statistics",
    "vehicles": "/console/vehicles",
    "wall": "/console/wall",
    "units": "/console/units",
    "staff": "/console/staff",
    "delegations": "/console/delegations",
    "shares": "/console/shares",
    "checkpoints": "/console/checkpoints",
    "templates": "/console/templates",
    "template-design": "/console/templates/design?gallery=school",
    "posters": "/console/posters",
    "setup": "/console/setup",
    "records": "/console/records",
    "alerts": "/console/alerts",
    "devices": "/console/devices",
    "areas": "/console/areas",
    "areas-waiting": "/console/areas?tab=waiting",
    "areas-review": "/console/areas?tab=review",
    "areas-publish": "/console/areas?tab=publish",
    "printed-codes": "/console/printed-codes",
    "rosters": "/console/rosters",
    "resumption": "/console/resumption",
    "follow-ups": "/console/resumption?tab=follow",
    "evidence": "/console/evidence",
    "trust": "/console/trust",
    "tickets": "/console/tickets",
    "tracing": "/console/tracing",
    "holds": "/console/holds",
    "plans": "/console/plans",
    "plan": "/console/plans?plan=v9",
    "plans-compare": "/console/plans?tab=compare",
    "plans-adopt": "/console/plans?tab=adopt",
    "holds-all": "/console/holds?tab=all",
    "guardianships": "/console/guardianships",
    "holds-ask": "/console/holds?tab=ask",
    "audit": "/console/audit",
}
_numbers = count(1)


def set_mode(page: Page, mode: Mode) -> None:
    """Before the first page opens."""
    if mode == "en":
        page.context.add_init_script("document.cookie = 'lf_lang=en; path=/'")
    if mode == "large":
        page.context.add_init_script("try { localStorage.setItem('lf_large', '1') } catch {}")


def settle(page: Page) -> None:
    """Until the page has what it asked for; the gate's stream never ends, so the wait is for quiet, not for its end."""
    page.wait_for_load_state("load")
    expect(page.locator(".el-skeleton, .el-loading-mask:visible, [aria-busy=true]")).to_have_count(0)
    page.wait_for_timeout(700)


def check(page: Page, name: str, mode: Mode) -> None:
    settle(page)
    # the wall hides what sticks out: its own width counts, too
    wide = page.evaluate(
        "Math.max(...[document.documentElement, ...document.querySelectorAll('.wall')].map(one => one.scrollWidth)) - window.innerWidth"
    )
    assert wide <= 0, f"{name} ({mode}) is {wide} px wider than the screen"
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    serious = [
        f"{violation['id']}: {[node['html'][:120] for node in violation['nodes'][:3]]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    assert not serious, f"{name} ({mode}): {serious}"
    if os.environ.get("UPDATE_SCREENS"):
        SCREENS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENS / f"{name}.{mode}.png")


def register(page: Page) -> None:
    """A new resident, signed in on this page's phone."""
    number = next(_numbers)
    phone = f"1300002{os.getpid() % 100:02d}{number:02d}"
    code = page.request.post("/api/v1/residents/codes", data={"phone": phone}).json()["demo_code"]
    document = f"1307991990010{1 + number % 9}{100 + number % 900:03d}"
    form = {
        "name": "赵小燕",
        "document_type": "resident_id",
        "document_number": document + check_character(document),
        "phone": phone,
        "code": code,
        "consent": True,
    }
    assert page.request.post("/api/v1/residents", data=form).ok


def door_of(page: Page) -> str:
    return str(page.request.get("/api/v1/meta").json()["door"])


@pytest.mark.parametrize("mode", ["zh-CN", "en"])
def test_console(open_page: OpenPage, mode: Mode) -> None:
    page = open_page(language=mode)
    set_mode(page, mode)
    page.goto("/console/")
    check(page, "login", mode)
    assert page.request.post("/api/v1/session", data={"username": "chicheng", "password": PASSWORD}).ok
    for name, path in CONSOLE.items():
        page.goto(path)
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        check(page, name, mode)
    page.goto(CONSOLE["checkpoints"])
    page.get_by_role("row").nth(1).get_by_role("link").first.click()
    check(page, "checkpoint", mode)
    [tower] = page.request.get("/api/v1/checkpoints", params={"q": TOWER}).json()["items"]
    page.goto(f"/console/checkpoints/{tower['id']}")
    page.get_by_test_id("towers").scroll_into_view_if_needed()
    check(page, "tower", mode)
    seen = page.request.post("/api/v1/records/search", data={"limit": 1}).json()["items"][0]["person_id"]
    page.goto(f"/console/interviews/{seen}")
    page.locator("input[name=purpose]").fill("疫情流调")
    page.get_by_test_id("timeline").locator("li").first.wait_for()
    check(page, "interview", mode)


@pytest.mark.parametrize("mode", ["zh-CN", "en", "large"])
def test_resident(open_page: OpenPage, mode: Mode) -> None:
    page = open_page(phone=True, language="en" if mode == "en" else "zh-CN")
    set_mode(page, mode)
    door = door_of(page)
    page.goto(door)
    check(page, "register", mode)
    register(page)
    page.goto(door)
    expect(page.locator("form")).to_be_visible()
    check(page, "door", mode)
    answers = {"purpose": "visit", "house": "3号楼 201"}
    scan = {"scan_id": str(uuid7()), "code": door.rpartition("/")[2], "answers": answers}
    assert page.request.post("/api/v1/scans", data=scan).ok
    page.goto(door)
    page.get_by_role("button", name="Check in" if mode == "en" else "登记", exact=True).click()
    expect(page.get_by_test_id("stamp")).to_be_visible()
    check(page, "stamp", mode)
    page.goto("/h5/")
    expect(page.get_by_test_id("me")).to_be_visible()
    check(page, "home", mode)
    page.goto("/h5/health")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    check(page, "health", mode)
    page.goto("/h5/ask")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    check(page, "ask", mode)
    question = {"kind": "consultation", "text": "返乡要做几次核酸？How many tests?"}
    asked = page.request.post("/api/v1/residents/me/tickets", data=question).json()
    page.goto("/h5/tickets")
    expect(page.get_by_test_id("ticket")).to_be_visible()
    check(page, "tickets", mode)
    page.goto(f"/h5/tickets/{asked['id']}")
    expect(page.get_by_test_id("steps")).to_be_visible()
    check(page, "ticket", mode)
    page.goto("/h5/family")
    page.get_by_role("button", name="Add somebody" if mode == "en" else "添加家人").click()
    check(page, "family-add", mode)
    add_member(page, somebody("王小明"))
    page.goto("/h5/family")
    expect(page.get_by_test_id("member")).to_be_visible()
    check(page, "family", mode)
    page.get_by_role("button", name="Show code" if mode == "en" else "亮码").click()
    expect(page.get_by_test_id("my-code")).to_have_attribute("data-valid", "true")
    check(page, "family-code", mode)
    page.goto(door)
    page.get_by_test_id("together").get_by_role("checkbox").check()
    check(page, "family-door", mode)
    page.get_by_role("button", name="Check in" if mode == "en" else "登记", exact=True).click()
    expect(page.get_by_test_id("family-stamp")).to_have_attribute("data-verdict", "pass")
    check(page, "family-stamps", mode)
    page.goto("/v/0000000000000000")
    check(page, "unknown-door", mode)


@pytest.mark.parametrize(("mode", "dark"), [("zh-CN", False), ("en", False), ("zh-CN", True)])
def test_gate(open_page: OpenPage, mode: Mode, dark: bool) -> None:
    page = open_page(phone=True, language=mode)
    set_mode(page, mode)
    page.goto("/gate/")
    check(page, "gate-login", mode)
    assert page.request.post("/api/v1/session", data={"username": "gate01", "password": PASSWORD}).ok
    page.goto("/gate/")
    if dark:
        page.get_by_test_id("dark").click()
    page.get_by_text("鼓楼小区南门").click()
    expect(page.get_by_test_id("line")).to_have_attribute("data-line", "live")
    check(page, "gate-dark" if dark else "gate", mode)


@pytest.mark.parametrize(("mode", "dark"), [("zh-CN", False), ("en", False), ("large", False), ("zh-CN", True)])
def test_work_at_the_gate(open_page: OpenPage, mode: Mode, dark: bool) -> None:
    """A door that measures and reviews, and the phones of those who stand before it."""
    admin, page, phone = open_page(), open_page(phone=True), open_page(phone=True)
    set_mode(page, mode)
    set_mode(phone, mode)
    if dark:
        page.context.add_init_script("try { localStorage.setItem('lf_dark', '1') } catch {}")
    end = "-dark" if dark else ""
    door = new_door(staff(admin, "chicheng"), name="鼓楼小区东门", temperature_valid_min=120, review=True)
    watch(page, door)
    check(page, f"gate-queue-empty{end}", mode)
    first, _ = arrive(phone.request, door)
    phone.goto(f"/v/{door['code']}")
    phone.get_by_label("Visiting" if mode == "en" else "走亲访友").check()
    phone.get_by_label("Building and flat" if mode == "en" else "楼栋门牌").fill("3号楼 201")
    phone.get_by_role("button", name="Submit check-in" if mode == "en" else "提交登记").click()
    expect(phone.get_by_test_id("undecided")).to_be_visible()
    check(phone, "waiting", mode)
    expect(page.get_by_test_id("waiting-count")).to_have_text("2")
    measure(page, "365")
    check(page, f"gate-measured{end}", mode)
    page.get_by_test_id("refuse").click()
    check(page, f"gate-reasons{end}", mode)
    page.get_by_test_id("reasons-back").click()
    tap(page, "approve", first)
    expect(page.get_by_test_id("waiting-count")).to_have_text("1")
    measure(page, "386")
    tap(page, "fever-stop")
    expect(page.get_by_test_id("fever")).to_be_visible()
    check(page, f"gate-fever{end}", mode)
    expect(phone.get_by_test_id("todo")).to_be_visible()
    check(phone, "fever", mode)
    page.get_by_test_id("fever-next").click()
    page.get_by_test_id("tab-scan").click()
    page.get_by_test_id("by-hand").click()
    check(page, f"gate-by-hand{end}", mode)
    phone.goto("/h5/code")
    expect(phone.get_by_test_id("my-code")).to_be_visible()
    check(phone, "my-code", mode)


@pytest.mark.parametrize("mode", ["zh-CN", "en"])
def test_landing(open_page: OpenPage, mode: Mode) -> None:
    page = open_page(phone=True, language=mode)
    set_mode(page, mode)
    page.goto("/")
    check(page, "landing", mode)
