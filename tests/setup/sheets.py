"""Workbooks as a county's clerk would fill them in, and the way they go through the system."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import xlsxwriter

from tests.support.house import Client, House
from tests.support.runs import upload, work_off

UNIT = ("上级单位", "单位名称 *", "级别 *", "区划代码")
DOOR = (
    "所属单位 *", "登记点名称 *", "编号", "类别 *", "表单 *", "测温间隔（分钟）", "审核", "离场登记",
    "地址", "纬度", "经度", "核酸时限（小时）", "疫苗剂次", "风险区天数", "登记码",
)  # fmt: skip
ACCOUNT = ("账号 *", "姓名或岗位 *", "角色 *", "所属单位 *")
FORM = "村口登记"


def door(unit: str, name: str, **more: str) -> list[str]:
    """A row of 登记点."""
    given = {"类别": "小区", "表单": FORM} | more
    return [unit, name, *(given.get(title.removesuffix(" *"), "") for title in DOOR[2:])]


def book(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    """A workbook with the three sheets; numbers stay numbers, as Excel would keep them."""
    out = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    day = out.add_format({"num_format": "yyyy-mm-dd"})
    for name, header in (("单位", UNIT), ("登记点", DOOR), ("账号", ACCOUNT)):
        sheet = out.add_worksheet(name)
        for number, row in enumerate([header, *sheets.get(name, ())]):
            for index, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, index, value, day)
                elif value != "":
                    sheet.write(number, index, value)
    out.close()
    return path


def cells(path: Path) -> dict[str, list[list[Any]]]:
    """Sheet → its rows, and never a formula."""
    read = openpyxl.load_workbook(path)
    for sheet in read:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", f"a formula in {sheet.title}!{cell.coordinate}"
    return {
        sheet.title: [["" if c is None else c for c in row] for row in sheet.iter_rows(values_only=True)]
        for sheet in read
    }


class Clerk:
    """Somebody who sets up a unit: uploads, looks at the dry run, applies."""

    def __init__(self, house: House, owner: psycopg.Connection, client: Client, unit_id: int) -> None:
        self.house, self.owner, self.client, self.unit_id = house, owner, client, unit_id

    async def plan(self, path: Path) -> dict[str, Any]:
        upload_id = await upload(self.client, path.name, path.read_bytes())  # noqa: ASYNC240
        answer = await self.client.post("/setup/plans", {"unit_id": self.unit_id, "upload_id": upload_id})
        assert answer.status_code == 201, answer.text
        return await self.work(answer.json()["run_id"])

    async def apply(self, plan: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self.client.post("/setup/applications", {"plan_run_id": plan["id"]})
        assert answer.status_code == 201, answer.text
        return await self.work(answer.json()["run_id"])

    async def setup(self, path: Path) -> dict[str, Any]:
        return await self.apply(await self.plan(path))

    async def export(self) -> dict[str, Any]:
        answer = await self.client.post("/setup/exports", {"unit_id": self.unit_id})
        return await self.work(answer.json()["run_id"])

    async def work(self, run_id: int) -> dict[str, Any]:
        await work_off(self.house, self.owner)
        run: dict[str, Any] = (await self.client.get(f"/runs/{run_id}")).json()
        assert run["state"] in ("done", "failed")
        return run

    async def rows(self, run: Mapping[str, Any], **narrowed: str) -> list[dict[str, Any]]:
        return await self.client.pages(f"/setup/runs/{run['id']}/rows", **narrowed)

    async def faults(self, run: Mapping[str, Any]) -> dict[str, str]:
        """cell → code"""
        return {
            fault["cell"]: fault["code"] for row in await self.rows(run, outcome="error") for fault in row["faults"]
        }

    async def file(self, run: Mapping[str, Any], name: str, path: Path) -> Path:
        answer = await self.client.get(f"/runs/{run['id']}/files/{name}")
        assert answer.status_code == 200, answer.text
        path.write_bytes(answer.content)  # noqa: ASYNC240
        return path


def counts(run: Mapping[str, Any]) -> tuple[int, int, int, int]:
    """created, changed, unchanged, wrong: together every row."""
    summary = run["summary"]
    four = tuple(summary[state] for state in ("create", "change", "unchanged", "error"))
    assert sum(four) == summary["rows"]
    return four  # type: ignore[return-value]
