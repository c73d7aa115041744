"""An application that is killed in the middle: begun again it finishes the job, and every row has one outcome."""

from pathlib import Path
from typing import Any

import pytest

from lianfang.kit.db import Changed
from lianfang.setup import apply as application
from lianfang.setup import work
from lianfang.staff import bulk as staff
from lianfang.staff import passwords
from tests.setup.sheets import Clerk, book, cells, counts, door
from tests.support.runs import work_off
from tests.support.story import YIJIE


class Killed(BaseException):
    """What no handler of errors sees: the process is gone."""


def many(tmp_path: Path) -> Path:
    return book(
        tmp_path / "many.xlsx",
        单位=[["", f"小区{n}", "单位", ""] for n in range(30)],
        登记点=[door(f"小区{n % 30}", f"{n} 号门") for n in range(90)] + [door("没有", "门")],
        账号=[[f"gate-{n:03}", f"门岗 {n}", "门岗", f"小区{n % 30}"] for n in range(60)],
    )


@pytest.mark.parametrize("chunk", [1, 3, 5])
async def test_what_was_interrupted_is_finished_by_beginning_again(
    clerk: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    """Killed after the nth chunk: after the units, among the checkpoints, among the accounts."""
    monkeypatch.setattr(application, "CHUNK", 40)
    plan = await clerk.plan(many(tmp_path))
    done = 0
    record = application.audit.record

    async def dying(*arguments: Any, **named: Any) -> None:
        nonlocal done
        await record(*arguments, **named)
        done += arguments[2].startswith("setup.")
        if done > chunk:
            raise Killed()

    answer = await clerk.client.post("/setup/applications", {"plan_run_id": plan["id"]})
    with monkeypatch.context() as patch:
        patch.setattr(application.audit, "record", dying)
        with pytest.raises(Killed):
            await work_off(clerk.house, clerk.owner)
    run = await clerk.work(answer.json()["run_id"])
    assert counts(run) == (180, 0, 0, 1)
    assert run["summary"]["differs"] == 0
    assert clerk.owner.execute("SELECT count(*) FROM checkpoints WHERE id > 1000").fetchone() == (90,)
    path = await clerk.file(run, "账号和初始密码.xlsx", tmp_path / "accounts.xlsx")
    told = {row[0]: row[4] for row in cells(path)["账号"][1:]}
    stored = dict(clerk.owner.execute("SELECT username, password_hash FROM staff_accounts WHERE id > 1000").fetchall())
    assert told.keys() == stored.keys()
    assert len(told) == 60
    for username in ("gate-000", "gate-039", "gate-040", "gate-059"):  # made before and after
        assert await passwords.verify(stored[username], told[username])


async def test_an_interrupted_dry_run_is_done_again(
    clerk: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dying(*_: object) -> None:
        raise Killed()

    with monkeypatch.context() as patch:
        patch.setattr(work, "_attach_errors", dying)
        with pytest.raises(Killed):
            await clerk.plan(many(tmp_path))
    run_id = clerk.owner.execute("SELECT max(id) FROM runs").fetchone()
    assert run_id
    assert counts(await clerk.work(run_id[0])) == (180, 0, 0, 1)


async def test_what_others_change_meanwhile_is_looked_at_again(
    clerk: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody takes a user name between the last look and the deed."""
    insert = staff.insert_many
    rounds = 0

    async def late(scope: Any, conn: Any, accounts: Any) -> list[int]:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            clerk.owner.execute(
                "INSERT INTO staff_accounts (unit_id, ord, username, display_name, role, password_hash)"
                " SELECT id, lo, 'gate-007', 'x', 'attendant', 'x' FROM units WHERE name = '西湾子镇'"
            )
        return await insert(scope, conn, accounts)

    monkeypatch.setattr(staff, "insert_many", late)
    run = await clerk.setup(many(tmp_path))
    assert counts(run) == (179, 0, 0, 2)
    assert rounds == 2
    assert run["summary"]["differs"] == 1


async def test_units_that_keep_changing_end_with_a_sentence(
    clerk: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> list[int]:
        raise Changed()

    monkeypatch.setattr(staff, "insert_many", never)
    run = await clerk.setup(many(tmp_path))
    assert run["state"] == "failed"
    assert "一直在被其他人修改" in run["error"]
    monkeypatch.undo()
    assert counts(await clerk.setup(many(tmp_path))) == (60, 0, 120, 1)


async def test_a_unit_that_is_full_gets_a_larger_place(clerk: Clerk, tmp_path: Path) -> None:
    clerk.owner.execute("UPDATE units SET hi = lo + 50 WHERE name = '一街村'")
    path = book(
        tmp_path / "full.xlsx",
        单位=[["一街村", f"{n} 号楼", "单位", ""] for n in range(200)],
        登记点=[door("3 号楼", "门"), door("一街村", "西口")],
    )
    assert counts(await clerk.setup(path)) == (202, 0, 0, 0)
    inside = clerk.owner.execute(
        "SELECT count(*) FROM units u JOIN units p ON p.id = u.parent_id WHERE p.name = '一街村' AND u.lo > p.lo AND u.hi <= p.hi"
    ).fetchone()
    doors = clerk.owner.execute(
        "SELECT count(*) FROM checkpoints k JOIN units u ON u.id = k.unit_id WHERE k.ord = u.lo AND u.name = '一街村'"
    ).fetchone()
    assert (inside, doors) == ((200,), (2,))
    assert counts(await clerk.setup(path)) == (0, 0, 202, 0)


async def test_where_no_place_is_left_rows_are_refused_not_the_file(clerk: Clerk, tmp_path: Path) -> None:
    """The unit that is set up stands at the top of its admin's scope: where it stands is decided above."""
    clerk.owner.execute("UPDATE units SET hi = lo + 3 WHERE name = '一街村'")
    clerk.client, clerk.unit_id = await clerk.house.staff("yijie"), YIJIE.id
    path = book(
        tmp_path / "full.xlsx",
        单位=[["", f"{n} 号楼", "单位", ""] for n in range(20)],
        登记点=[door("3 号楼", "门"), door("一街村", "西口")],
    )
    run = await clerk.setup(path)
    assert counts(run) == (1, 0, 0, 21)
    assert (await clerk.faults(run))["单位!A2"] == "no_room"
