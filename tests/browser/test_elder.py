"""An elder without a phone: a code on paper from the clerk's counter, and a gate that has no network."""

from pathlib import Path

from playwright.sync_api import expect

from lianfang.kit.identifiers import mask_name
from tests.browser.conftest import OpenPage, sign_in
from tests.browser.gates import blank_form, new_door, staff, watch
from tests.browser.network import cut, mend
from tests.browser.test_offline_codes import LIST_MS, read_paper, scan
from tests.browser.test_screens import check
from tests.support.people import somebody


def test_an_elder_shows_paper_at_a_gate_without_a_network(open_page: OpenPage, tmp_path: Path) -> None:
    clerk, gate, admin = open_page(), open_page(phone=True), open_page()
    elder, chicheng = somebody("李大爷"), staff(admin, "chicheng")
    door = new_door(chicheng, template_id=blank_form(chicheng))
    sign_in(clerk, "longguan", "/console/printed-codes")
    clerk.get_by_role("button", name="签发打印码").click()
    dialog = clerk.get_by_role("dialog")
    dialog.get_by_label("证件号码").fill(elder.document[:-1] + ("1" if elder.document[-1] != "1" else "2"))
    dialog.get_by_label("姓名").fill(elder.name)
    dialog.get_by_role("button", name="签发").click()
    expect(dialog.locator(".el-form-item__error")).to_be_visible()  # a slip of the pen is noticed by the check digit
    dialog.get_by_label("证件号码").fill(elder.document)
    dialog.get_by_role("button", name="签发").click()
    row = clerk.get_by_role("row").filter(has_text=mask_name(elder.name)).filter(has_text=elder.document[-4:])
    with clerk.expect_download() as download:
        row.get_by_role("link").first.click()
    download.value.save_as(tmp_path / "paper.pdf")
    paper = read_paper((tmp_path / "paper.pdf").read_bytes())

    watch(gate, door)
    gate.get_by_test_id("tab-scan").click()
    expect(gate.get_by_test_id("camera")).to_be_visible()
    gate.evaluate("navigator.serviceWorker.ready")
    gate.wait_for_function(
        """async () => {
          const db = await new Promise((done) => { indexedDB.open('lianfang-trust').onsuccess = (event) => done(event.target.result) })
          return db.objectStoreNames.contains('kept') && !!(await new Promise((done) => {
            db.transaction('kept').objectStore('kept').get('lists').onsuccess = (event) => done(event.target.result) }))
        }""",
        timeout=LIST_MS,
    )
    cut(gate)
    expect(gate.get_by_test_id("line")).to_have_attribute("data-line", "retrying")
    scan(gate, paper)
    expect(gate.get_by_test_id("judged")).to_have_attribute("data-colour", "green")
    expect(gate.get_by_test_id("judged")).to_contain_text(mask_name(elder.name))
    expect(gate.get_by_test_id("look-at-document")).to_contain_text(elder.document[-4:])
    check(gate, "gate-paper", "zh-CN")
    expect(gate.get_by_test_id("unsent")).to_have_attribute("data-count", "1")
    mend(gate)
    expect(gate.get_by_test_id("unsent")).to_have_attribute("data-count", "0", timeout=LIST_MS)
    seen = [visit["name"] for visit in gate.request.get(f"/api/v1/gate/{door['id']}/recent").json()["items"]]
    assert seen == [mask_name(elder.name)]
