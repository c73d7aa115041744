"""What may come in: workbooks and CSV as Excel and clerks make them, and what is told about the rest."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from lianfang.kit.errors import Problem, render
from lianfang.kit.sheets import reading
from lianfang.setup.problems import ROWS_MAX
from lianfang.setup.read import read_book
from lianfang.venues import gallery
from tests.setup.sheets import DOOR, FORM, UNIT, Clerk, book, cells, counts, door
from tests.support.story import CHICHENG

# what a spreadsheet program could take for a formula, as in the tests of kit/sheets
FORMULAS = [
    "=1+1",
    "+1",
    "-1+2",
    "@SUM(A1)",
    "＝1＋1",
    '=HYPERLINK("http://x","y")',
    "|calc",
    "'=1",
    "=cmd|' /C calc'!A0",
]


async def test_csv_in_utf8_and_gbk_are_the_same(clerk: Clerk, tmp_path: Path) -> None:
    text = "\r\n".join([",".join(DOOR), ",".join(door("龙关镇", "龙关东口")), ",".join(door("雕鹗镇", "雕鹗南口"))])
    for name, encoding in (("登记点.csv", "gbk"), ("登记点.csv", "utf-8"), ("d.csv", "utf-8-sig")):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        plan = await clerk.plan(path)
        assert counts(plan) == (2, 0, 0, 0), encoding
    rows = await clerk.rows(plan)
    assert [row["cell"] for row in rows] == ["d.csv!2", "d.csv!3"]
    assert counts(await clerk.apply(plan)) == (2, 0, 0, 0)


async def test_each_kind_of_csv_is_known_by_its_header(clerk: Clerk, tmp_path: Path) -> None:
    units, accounts = tmp_path / "a.csv", tmp_path / "b.csv"
    units.write_text("单位名称,级别\n东山小区,单位\n", "gbk")
    accounts.write_text("Unit,Role,Name or post,User name\n东山小区,Attendant,South gate,gate-07\n", "utf-8")
    assert counts(await clerk.setup(units)) == (1, 0, 0, 0)
    assert counts(await clerk.setup(accounts)) == (1, 0, 0, 0)


async def test_the_template_comes_down_and_goes_up(clerk: Clerk, tmp_path: Path) -> None:
    answer = await clerk.client.get("/setup/template.xlsx", unit_id=CHICHENG.id)
    path = tmp_path / "template.xlsx"
    path.write_bytes(answer.content)
    read = openpyxl.load_workbook(path)
    assert read.sheetnames == ["填写说明", "单位", "登记点", "账号", "_lists"]
    assert read["_lists"].sheet_state == "hidden"
    sheet = read["登记点"]
    assert sheet["B1"].value.startswith("登记点名称 *")
    assert sheet.protection.sheet
    assert sheet["A1"].protection.locked
    lists = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert lists.keys() == {"A2", "D2", "E2", "F2", "G2", "H2", "L2", "M2", "N2"}
    forms = [cell.value for cell in read["_lists"][lists["E2"].split("$")[1]] if cell.value]
    # the forms of the county, and the ready-made ones that it has none of
    assert forms == sorted({"村口登记", "只扫码"} | {form.name for form in gallery.forms()})
    assert sheet["B1"].comment is not None
    for row in (["龙关镇", "龙关东口", "0007", "小区", FORM], ["龙关镇", "龙关西口", "", "村庄", "只扫码"]):
        sheet.append(row)
    read.save(path)
    plan = await clerk.plan(path)
    assert counts(plan) == (2, 0, 0, 0)
    assert plan["summary"]["examples"] == 3
    assert plan["summary"]["ignored"] == []


async def test_an_english_workbook_is_read_by_a_chinese_system(clerk: Clerk, tmp_path: Path) -> None:
    answer = await clerk.client.http.get(
        f"/api/v1/setup/template.xlsx?unit_id={CHICHENG.id}", headers={"accept-language": "en"}
    )
    path = tmp_path / "template.xlsx"
    path.write_bytes(answer.content)
    read = openpyxl.load_workbook(path)
    assert read.sheetnames == ["How to fill in", "Units", "Checkpoints", "Accounts", "_lists"]
    read["Checkpoints"].append(["龙关镇", "East gate", "", "Estate", FORM, "Not measured", "Yes", "no"])
    read["Accounts"].append(["east01", "East gate", "attendant", "龙关镇"])
    read.save(path)
    plan = await clerk.plan(path)
    assert counts(plan) == (2, 0, 0, 0)
    assert plan["summary"]["examples"] == 3


async def test_a_number_that_lost_digits_and_a_date_are_refused_with_their_cell(clerk: Clerk, tmp_path: Path) -> None:
    path = book(
        tmp_path / "numbers.xlsx",
        单位=[["", "新镇", "乡镇（街道）", 130732109000]],  # 12 digits: Excel kept them all
        登记点=[
            ["龙关镇", "一号门", 1307321988010112345, "小区", FORM],
            ["龙关镇", "二号门", date(2026, 3, 1), "小区", FORM],
            ["龙关镇", "三号门", 17, "小区", FORM, 240, "", "", "", 40.9, 115.8],
        ],
        账号=[[13800001111, "门岗", "门岗", "龙关镇"]],
    )
    plan = await clerk.plan(path)
    assert counts(plan) == (3, 0, 0, 2)
    assert await clerk.faults(plan) == {"登记点!C2": "digits_lost", "登记点!C3": "date"}
    await clerk.apply(plan)
    refs = clerk.owner.execute("SELECT ref FROM checkpoints WHERE name = '三号门'").fetchall()
    assert refs == [("17",)]
    csv = tmp_path / "long.csv"
    csv.write_text("所属单位,登记点名称,类别,表单,编号\n龙关镇,四号门,小区,村口登记,1.30732E+17\n", "utf-8")
    assert await clerk.faults(await clerk.plan(csv)) == {"long.csv!E2": "digits_lost"}


async def test_nothing_typed_becomes_a_formula_anywhere(clerk: Clerk, tmp_path: Path) -> None:
    long = "=" + "9" * 90
    path = book(
        tmp_path / "formulas.xlsx",
        单位=[["", text, "单位", ""] for text in FORMULAS],
        登记点=[door("龙关镇", text, 编号=text, 地址=text) for text in [*FORMULAS, long]]
        + [door("龙关镇", "坏行", 类别=text) for text in FORMULAS],
        账号=[[f"user-{n:02}", text, "门岗", "龙关镇"] for n, text in enumerate(FORMULAS)],
    )
    run = await clerk.setup(path)
    good = 3 * len(FORMULAS) + 1
    assert counts(run) == (good, 0, 0, len(FORMULAS))
    stored = {row[0] for row in clerk.owner.execute("SELECT name FROM checkpoints WHERE id > 1000")}
    assert stored == {*FORMULAS, long}
    for file in run["files"]:
        cells(await clerk.file(run, file["name"], tmp_path / file["name"]))
    export = await clerk.export()
    out = await clerk.file(export, export["files"][0]["name"], tmp_path / "out.xlsx")
    names = {row[1] for row in cells(out)["登记点"]}
    assert names >= {*FORMULAS, long}
    assert counts(await clerk.plan(out))[2] == export["summary"]["rows"]


async def test_wrong_rows_come_back_and_go_in_once_corrected(clerk: Clerk, tmp_path: Path) -> None:
    path = book(
        tmp_path / "wrong.xlsx",
        单位=[["", "", "单位", ""], ["不存在", "甲", "单位", ""], ["", "乙镇", "村庄", ""], ["", "丙镇", "乡镇（街道）", "130733105000"]],
        登记点=[
            door("龙关镇", "好门"),
            door("龙关镇", "坏门", 类别="饭店", 表单="没有的表单", 审核="也许", 纬度="91", 经度="115.8"),
            door("", "", 类别=""),
            door("龙关镇", "长" * 101, 纬度="40.9"),
            door("丙镇", "门"),
            door("一街村", "西口", 编号="x") ,
            door("一街村", "西口二", 编号="x"),
        ],
        账号=[["甲", "门岗", "保安", "龙关镇"], ["ok-user", "门岗", "门岗", "龙关镇"], ["OK-USER", "门岗", "门岗", "龙关镇"]],
    )  # fmt: skip
    run = await clerk.setup(path)
    assert counts(run) == (3, 0, 0, 11)
    assert await clerk.faults(run) == {
        "单位!B2": "required",
        "单位!A3": "unit_unknown",
        "单位!C4": "choice",
        "单位!D5": "code",
        "登记点!D3": "choice",
        "登记点!E3": "form_unknown",
        "登记点!G3": "yes_no",
        "登记点!J3": "coordinate",
        "登记点!A4": "required",
        "登记点!B4": "required",
        "登记点!D4": "required",
        "登记点!B5": "length",
        "登记点!K5": "both",
        "登记点!A6": "unit_broken",
        "登记点!B8": "twice",
        "账号!A2": "username",
        "账号!C2": "choice",
        "账号!A4": "twice",
    }
    back = await clerk.file(run, "错误行.xlsx", tmp_path / "错误行.xlsx")
    read = openpyxl.load_workbook(back)
    assert [read[name].max_row - 1 for name in ("单位", "登记点", "账号")] == [4, 5, 2]
    assert read["登记点"]["P1"].value.startswith("错误原因")
    assert "登记点!E3" in read["登记点"]["P2"].value
    read["登记点"]["D2"], read["登记点"]["E2"], read["登记点"]["G2"], read["登记点"]["J2"] = "商铺", FORM, "是", "40.9"
    read["单位"]["D5"] = ""
    read.save(back)
    fixed = await clerk.setup(back)
    # 坏门, 丙镇 and its 门 are made; what stood twice now meets its first row, which was applied
    assert counts(fixed) == (3, 1, 1, 6)


async def test_an_example_row_that_was_changed_by_half_is_an_error(clerk: Clerk, tmp_path: Path) -> None:
    path = book(tmp_path / "half.xlsx", 登记点=[door("龙关镇", "示例行：东山小区南门")])
    plan = await clerk.plan(path)
    assert await clerk.faults(plan) == {"登记点!B2": "example"}


async def test_text_that_nobody_asked_for_is_named(clerk: Clerk, tmp_path: Path) -> None:
    path = book(tmp_path / "more.xlsx", 登记点=[door("龙关镇", "东口")])
    read = openpyxl.load_workbook(path)
    read["登记点"]["P1"], read["登记点"]["P2"] = "备注", "晚上不开"
    read.create_sheet("联系人").append(["姓名", "电话"])
    read["联系人"].append(["某人", "1"])
    read.create_chartsheet("图")
    read.save(path)
    plan = await clerk.plan(path)
    assert counts(plan) == (1, 0, 0, 0)
    assert plan["summary"]["ignored"] == ["登记点!P 备注", "联系人"]


def refused(path: Path) -> Problem:
    with pytest.raises(Problem) as caught:
        read_book(path, path.name)
    return caught.value


def test_a_file_that_is_no_table_of_ours_is_refused_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content, code in (
        (b"", "setup_no_table"),
        (b"name,age\nx,1\n", "setup_no_table"),
        ("所属单位,登记点名称,类别\n龙关镇,门,小区\n".encode(), "setup_missing_columns"),
        ("账号,姓名或岗位,角色,所属单位,账号\na,b,c,d,e\n".encode(), "setup_double_column"),
        (b'"a,b\n', "setup_file_malformed"),
        (b"\xff\xff\xff", "setup_file_encoding"),
        (b"\xd0\xcf\x11\xe0rest", "setup_file_not_xlsx"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "setup_file_locked"),
        (b"PK\x03\x04 no zip", "setup_file_malformed"),
    ):
        path.write_bytes(content)
        assert refused(path).type.code == code, content


def test_a_workbook_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path / "far.xlsx", 登记点=[door("龙关镇", "东口")])
    read = openpyxl.load_workbook(path)
    read["登记点"]["XFD9"] = "stray"
    read.save(path)
    assert "XFD9" in render(refused(path), "en").detail
    monkeypatch.setattr(reading, "UNPACKED_MAX_MIB", 0)
    assert "0 MiB" in render(refused(path), "en").detail


def test_more_rows_than_a_sheet_of_an_old_excel_has_are_all_read(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    rows = 65_537
    with path.open("w", encoding="gbk") as file:
        file.write(",".join(DOOR) + "\n")
        file.writelines(f"龙关镇,第 {n} 门,,小区,村口登记\n" for n in range(rows))
    read = read_book(path, "many.csv")
    assert len(read.lines) == rows
    assert read.lines[-1].number == rows + 1
    out = book(tmp_path / "many.xlsx", 单位=[["", f"第 {n} 小区", "单位", ""] for n in range(rows)])
    assert len(read_book(out, "many.xlsx").lines) == rows


def test_more_rows_than_any_sheet_has_are_refused_aloud(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    with path.open("w") as file:
        file.write(",".join(UNIT) + "\n")
        file.write(",x,单位,\n" * 1_048_577)
    with pytest.raises(Problem) as caught:
        read_book(path, "endless.csv")
    assert caught.value.type.code == "setup_too_many_rows"
    assert caught.value.values["max"] == f"{ROWS_MAX:,}"
