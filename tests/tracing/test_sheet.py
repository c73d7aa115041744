"""Cells of a list of cases: every usual way of writing a day and a time, and what is said of the others."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from lianfang.entrypoints.trace_command import _cases
from lianfang.tracing.sheet import BadCell, case_lines, moment

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2022-11-21 08:30", "2022-11-21T08:30:00+08:00"),
        ("2022/11/21 8:30", "2022-11-21T08:30:00+08:00"),
        ("2022年11月21日 8时", "2022-11-21T08:00:00+08:00"),
        ("2022-11-21", "2022-11-21T00:00:00+08:00"),
        ("2022-11-21T00:30:00+00:00", "2022-11-21T00:30:00+00:00"),
    ],
)
def test_a_time_without_an_offset_is_local(text: str, meant: str) -> None:
    assert moment("isolated_at", text, ZONE).isoformat() == meant


@pytest.mark.parametrize("text", ["昨天", "2022-13-01", "2022-11-21 25:00", "8:30", ""])
def test_what_is_no_time_is_refused_by_its_column(text: str) -> None:
    with pytest.raises(BadCell, match="isolated_at"):
        moment("isolated_at", text, ZONE)


def test_a_list_without_headings_is_read_in_order(tmp_path: Path) -> None:
    file = tmp_path / "cases"
    file.write_text("13800000001,2022-11-20\n13800000002,2022-11-21,2022-11-22 09:00\n", "utf-8")
    first, second = case_lines(file, ZONE)
    assert (first.given["who"], str(first.onset), first.moments) == ("13800000001", "2022-11-20", {})
    assert second.moments["isolated_at"].isoformat() == "2022-11-22T09:00:00+08:00"


def test_the_command_reads_local_times_and_names_row_and_column(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_text("person_id,onset,isolated_at\n12,2022-11-20,2022-11-21T08:30\n", "utf-8")
    [case] = _cases([], file, ZONE)
    assert case.isolated_at is not None
    assert case.isolated_at.isoformat() == "2022-11-21T08:30:00+08:00"
    file.write_text("person_id,onset,isolated_at\n12,2022-11-20,soon\n", "utf-8")
    with pytest.raises(ValueError, match="row 1: isolated_at"):
        _cases([], file, ZONE)
