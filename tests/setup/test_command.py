"""`lianfang setup`, in a home of its own; `lianfang bench setup` through the same path."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lianfang.bench.county import rows, write_workbook
from tests.setup.sheets import book, cells, door
from tests.support.instance import LIANFANG


def lianfang(home: Path, *arguments: str | Path) -> tuple[int, Any]:
    """Exit code, and what it prints as JSON."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LIANFANG")}
    done = subprocess.run(
        [LIANFANG, *map(str, arguments), "--json"],
        env=environment | {"LIANFANG_HOME": str(home / "home")},
        cwd=home,
        capture_output=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout or "null")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A fresh installation with a county in it."""
    divisions = tmp_path / "divisions.csv"
    divisions.write_text(
        "code,name,level,parent_code\n13,河北省,province,\n1307,张家口市,city,13\n130732,赤城县,county,1307\n"
    )
    assert lianfang(tmp_path, "import", "divisions", divisions)[0] == 0
    return tmp_path


def test_a_county_is_set_up_on_the_command_line(home: Path) -> None:
    path = book(
        home / "county.xlsx",
        单位=[["", "龙关镇", "乡镇（街道）", "130732102000"], ["龙关镇", "东山小区", "单位", ""]],
        登记点=[door("东山小区", "东山小区南门"), door("没有这个单位", "门")],
        账号=[["dongshan01", "门岗", "门岗", "东山小区"]],
    )
    code, report = lianfang(home, "setup", path, "--unit", "130732", "--dry-run")
    assert code == 2
    assert (report["plan"]["create"], report["plan"]["error"]) == (4, 1)
    assert [fault["cell"] for row in report["wrong"] for fault in row["faults"]] == ["登记点!A3"]
    assert "applied" not in report

    code, report = lianfang(home, "setup", path, "--unit", "130732", "--out", home)
    assert code == 2
    assert report["applied"]["create"] == 4
    accounts = home / "账号和初始密码.xlsx"
    assert accounts.stat().st_mode & 0o077 == 0
    assert len(cells(accounts)["账号"]) == 2

    code, report = lianfang(home, "setup", path, "--unit", "130732")
    assert (report["applied"]["create"], report["applied"]["change"], report["applied"]["unchanged"]) == (0, 0, 4)
    code, report = lianfang(home, "setup", home / "divisions.csv", "--unit", "130732")
    assert code == 1
    assert "模板" in report["error"]


def test_the_benchmark_s_workbook_is_a_good_one(tmp_path: Path) -> None:
    made = rows(100, 30)
    assert write_workbook(tmp_path / "bench.xlsx", made) == sum(map(len, made.values()))
    read = cells(tmp_path / "bench.xlsx")
    assert len(read["登记点"]) == 101
    units = {row[1] for row in read["单位"][1:]}
    assert {row[0].rpartition("/")[2] for row in read["登记点"][1:]} <= units
