"""The main job in a real browser: a person scans the code on a door, and a second later the county knows, and nobody else."""

from pathlib import Path

import openpyxl
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from lianfang.kit.identifiers import check_character
from tests.browser.conftest import OpenPage, sign_in
from tests.support.instance import Instance

DOOR = "鼓楼小区南门"
NAME, MASKED = "赵小燕", "赵*燕"
NUMBER = "13079919880229001"  # 130799: no such district, so nobody's number
PHONE = "13000018888"


def decoded_link(page: Page, tmp_path: Path) -> str:
    """What a camera reads from the picture that the console shows."""
    found = page.request.get("/api/v1/checkpoints", params={"q": DOOR}).json()["items"]
    picture = tmp_path / "door.png"
    picture.write_bytes(page.request.get(f"/api/v1/checkpoints/{found[0]['id']}/qr.png").body())
    return str(zxingcpp.read_barcode(Image.open(picture)).text)


def register(page: Page) -> None:
    page.get_by_label("姓名").fill(NAME)
    page.get_by_label("证件号码").fill(NUMBER + "0")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("最后一位与前面的数字对不上")).to_be_visible()
    page.get_by_label("证件号码").fill(NUMBER + check_character(NUMBER))
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("手机号码").fill(PHONE)
    page.get_by_role("button", name="获取验证码").click()
    page.get_by_role("button", name="填入").click()
    page.get_by_label("单独同意").check()
    page.get_by_role("button", name="同意并继续").click()


def fill_in(page: Page) -> None:
    page.get_by_label("走亲访友").check()
    page.get_by_label("楼栋门牌").fill("3号楼 201")
    page.get_by_role("button", name="提交登记").click()


def test_a_scan_reaches_the_gate_and_the_county_and_nobody_else(
    open_page: OpenPage, instance: Instance, tmp_path: Path
) -> None:
    county = open_page()
    sign_in(county, "chicheng")
    expect(county.get_by_role("link", name="登记记录")).to_be_visible()
    link = decoded_link(county, tmp_path)
    assert link.startswith(f"{instance.url}/v/")

    gate = open_page(phone=True)
    sign_in(gate, "gate01", "/gate/")
    gate.get_by_text(DOOR).click()
    expect(gate.get_by_test_id("line")).to_have_attribute("data-line", "live")

    resident = open_page(phone=True)
    resident.goto(link)
    expect(resident.get_by_test_id("place")).to_have_text(DOOR)
    register(resident)
    fill_in(resident)
    expect(resident.get_by_test_id("stamp")).to_be_visible()
    expect(resident.get_by_test_id("verdict")).to_have_text("通行")
    expect(resident.get_by_test_id("person")).to_have_text(MASKED)
    serial = resident.get_by_test_id("serial").inner_text()

    # the attendant's page shows it without reload
    expect(gate.get_by_test_id("verdict-name")).to_have_text(MASKED, timeout=5_000)
    expect(gate.get_by_text(serial)).to_be_visible()

    # the second visit: nothing to type
    resident.goto(link)
    resident.get_by_role("button", name="登记", exact=True).click()
    expect(resident.get_by_test_id("stamp")).to_be_visible()
    assert resident.get_by_test_id("serial").inner_text() != serial

    # the county finds the records by phone number, and exports them
    county.get_by_role("link", name="登记记录").click()
    county.get_by_label("证件号或手机号").fill("130 0001 8888")
    county.get_by_role("button", name="查询").click()
    expect(county.get_by_text("共 2 条")).to_be_visible()
    expect(county.get_by_role("cell", name=MASKED)).to_have_count(2)
    county.get_by_role("button", name="导出", exact=True).click()
    dialog = county.get_by_role("dialog")
    dialog.get_by_label("用途").fill("核实密接人员行程")
    with county.expect_download() as download:
        dialog.get_by_role("button", name="开始导出").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    rows = list(openpyxl.load_workbook(file, read_only=True).active.iter_rows(values_only=True))
    assert len(rows) == 3
    assert serial in {row[rows[0].index("登记编号")] for row in rows}
    assert NAME not in str(rows)

    # the neighbour county's admin sees nothing and gets 404
    record = county.request.post("/api/v1/records/search", data={"phone": PHONE}).json()["items"][0]
    neighbour = open_page()
    sign_in(neighbour, "chongli")
    neighbour.get_by_role("link", name="登记记录").click()
    neighbour.get_by_label("证件号或手机号").fill(PHONE)
    neighbour.get_by_role("button", name="查询").click()
    expect(neighbour.get_by_text("共 0 条")).to_be_visible()
    key = {"person_id": record["person_id"], "scan_id": record["scan_id"], "purpose": "核实密接人员行程"}
    assert neighbour.request.post("/api/v1/records/detail", data=key).status == 404
    assert neighbour.request.get(f"/api/v1/gate/{record['checkpoint_id']}/recent").status == 404
