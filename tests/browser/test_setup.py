"""A county's clerk sets up a new estate on the evening before: workbook down, filled in, uploaded, looked at, applied."""

from pathlib import Path

import openpyxl
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, sign_in

ESTATE = "青松家园"
ROWS = {
    "单位": [["赤城镇", ESTATE, "单位", ""]],
    "登记点": [
        [
            ESTATE,
            f"{ESTATE}东门",
            "QS-01",
            "小区",
            "小区门岗登记",
            "240",
            "否",
            "否",
            "青松路 1 号",
            "40.9131",
            "115.8312",
        ],
        [ESTATE, f"{ESTATE}西门", "QS-02", "饭店", "小区门岗登记"],
    ],
    "账号": [["qingsong01", "东门门岗", "门岗", ESTATE]],
}


def fill_in(path: Path) -> None:
    """Below the example rows of the template."""
    book = openpyxl.load_workbook(path)
    for name, rows in ROWS.items():
        for row in rows:
            book[name].append(row)
    book.save(path)


def download(page: Page, click: str, path: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=click).click()
    waiting.value.save_as(path)
    return path


def upload(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as waiting:
        page.get_by_role("button", name="选择文件").click()
    waiting.value.set_files(path)
    page.get_by_role("button", name="上传并预检").click()


def test_a_county_is_set_up_from_the_workbook(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    sign_in(page, "chicheng")
    page.get_by_role("link", name="一键建县").click()
    path = download(page, "下载空白模板", tmp_path / "赤城县.xlsx")
    fill_in(path)
    upload(page, path)

    # the wrong row is shown first, with its cell and its reason
    wrong = page.get_by_role("row").filter(has_text=f"{ESTATE}西门")
    expect(wrong).to_contain_text("登记点!D4")
    expect(wrong).to_contain_text("饭店")
    expect(page.get_by_text("共 4 行 · 跳过示例行 3 行")).to_be_visible()
    page.get_by_text("全部", exact=False).first.click()
    expect(page.get_by_role("row").filter(has_text="qingsong01")).to_contain_text("新建")
    assert not page.request.get("/api/v1/checkpoints", params={"q": ESTATE}).json()["items"]

    # one may leave and come back: the dry run stands in the address
    page.reload()
    expect(page.get_by_text("将新建 3 行、修改 0 行。")).to_be_visible()
    page.get_by_role("button", name="应用", exact=True).click()
    expect(page.get_by_text("已新建 3 行、修改 0 行，0 行不变，1 行有错误退回。")).to_be_visible()
    accounts = download(page, "账号和初始密码.xlsx", tmp_path / "accounts.xlsx")
    [_, account] = openpyxl.load_workbook(accounts).active.iter_rows(values_only=True)

    # the door opens for whoever scans it
    [door] = page.request.get("/api/v1/checkpoints", params={"q": ESTATE}).json()["items"]
    resident = open_page(phone=True)
    resident.goto(f"/v/{door['code']}")
    expect(resident.get_by_text(f"{ESTATE}东门")).to_be_visible()

    # its attendant signs in with the initial password and chooses another one
    gate = open_page()
    gate.goto("/console/")
    gate.get_by_label("账号", exact=True).fill(str(account[0]))
    gate.get_by_label("密码", exact=True).fill(str(account[4]))
    gate.get_by_role("button", name="登录", exact=True).click()
    expect(gate.get_by_text("请先设置您自己的密码")).to_be_visible()

    # the rows that came back, corrected, go in
    errors = tmp_path / "errors.xlsx"
    with page.expect_download() as waiting:
        page.locator("section", has_text="3 应用").get_by_role("link", name="错误行.xlsx").click()
    waiting.value.save_as(errors)
    book = openpyxl.load_workbook(errors)
    reason = [cell.value for cell in book["登记点"][2] if cell.value][-1]
    assert "“饭店”" in str(reason), reason
    book["登记点"]["D2"] = "小区"
    book.save(errors)
    page.get_by_role("button", name="换一个文件").click()
    upload(page, errors)
    page.get_by_role("button", name="应用", exact=True).click()
    expect(page.get_by_text("已新建 1 行、修改 0 行，0 行不变，0 行有错误退回。")).to_be_visible()

    # and the posters are one step further
    page.get_by_role("link", name="去打印海报").click()
    expect(page.get_by_role("heading", name="打印海报", level=1)).to_be_visible()
