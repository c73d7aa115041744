"""A county from one workbook: dry run, application, and the same file again."""

from pathlib import Path

from tests.setup.sheets import FORM, Clerk, book, cells, counts, door
from tests.support.house import House
from tests.support.story import CHICHENG, CHONGLI, LONGGUAN, YIJIE_DOOR

ESTATES = [
    ["龙关镇", "东山小区", "单位", ""],
    ["", "后城镇", "乡镇（街道）", "130732105000"],
    ["后城镇", "滦河村", "村（社区）", "130732105201"],
]
DOORS = [
    door(
        "东山小区", "东山小区南门", 编号="007", 测温间隔="240", 审核="是", 地址="东山路 1 号", 纬度="40.9", 经度="115.8"
    ),
    door("滦河村", "滦河村村口", 类别="村庄", **{"测温间隔（分钟）": "不测温"}),
    door("赤城县", "县医院门诊楼", 类别="医院", **{"核酸时限（小时）": "48", "疫苗剂次": "不要求", "风险区天数": "7"}),
]
ACCOUNTS = [["dongshan01", "南门门岗", "门岗", "东山小区"], ["Houcheng", "后城镇管理员", "管理员", "后城镇"]]


def county(tmp_path: Path) -> Path:
    DOORS[0][5] = "240"
    return book(tmp_path / "county.xlsx", 单位=ESTATES, 登记点=DOORS, 账号=ACCOUNTS)


async def test_a_dry_run_says_what_would_be_made_and_makes_nothing(clerk: Clerk, tmp_path: Path) -> None:
    plan = await clerk.plan(county(tmp_path))
    assert counts(plan) == (8, 0, 0, 0)
    rows = await clerk.rows(plan)
    assert [(row["kind"], row["state"], row["cell"], row["label"], row["place"]) for row in rows[:4]] == [
        ("unit", "create", "单位!2", "东山小区", "赤城县/龙关镇"),
        ("unit", "create", "单位!3", "后城镇", "赤城县"),
        ("unit", "create", "单位!4", "滦河村", "赤城县/后城镇"),
        ("checkpoint", "create", "登记点!2", "东山小区南门", "赤城县/龙关镇/东山小区"),
    ]
    found = clerk.owner.execute("SELECT count(*) FROM units WHERE name = '东山小区'").fetchone()
    assert found == (0,)


async def test_what_was_planned_is_made_once(clerk: Clerk, tmp_path: Path) -> None:
    path = county(tmp_path)
    run = await clerk.setup(path)
    assert counts(run) == (8, 0, 0, 0)
    assert run["summary"]["differs"] == 0
    made = clerk.owner.execute(
        "SELECT u.name, k.ord = u.lo, k.ref, k.category, k.temperature_valid_min, k.review, k.checkout, k.address, k.lat,"
        " k.test_hours, k.risk_days, length(c.code), c.ord = u.lo FROM checkpoints k JOIN units u ON u.id = k.unit_id JOIN checkpoint_codes c ON c.checkpoint_id = k.id"
        " WHERE k.id > 1000 ORDER BY k.id"
    ).fetchall()
    assert made == [
        ("东山小区", True, "007", "estate", 240, True, False, "东山路 1 号", 40.9, None, None, 16, True),
        ("滦河村", True, None, "village", None, False, False, "", None, None, None, 16, True),
        ("赤城县", True, None, "hospital", None, False, False, "", None, 48, 7, 16, True),
    ]
    again = await clerk.setup(path)
    assert counts(again) == (0, 0, 8, 0)
    assert [file["name"] for file in again["files"]] == []


async def test_new_units_stand_inside_their_parents_and_beside_each_other(clerk: Clerk, tmp_path: Path) -> None:
    many = [["", f"第 {n} 小区", "单位", ""] for n in range(3000)] + [
        ["第 7 小区", f"{n} 号楼", "单位", ""] for n in range(40)
    ]
    run = await clerk.setup(book(tmp_path / "many.xlsx", 单位=many))
    assert counts(run) == (3040, 0, 0, 0)
    wrong = clerk.owner.execute(
        "SELECT count(*) FROM units u JOIN units p ON p.id = u.parent_id WHERE NOT (u.lo > p.lo AND u.hi <= p.hi)"
    ).fetchone()
    beside = clerk.owner.execute(
        "SELECT count(*) FROM (SELECT lo, lag(hi) OVER (PARTITION BY parent_id ORDER BY lo) AS before FROM units) x WHERE before >= lo"
    ).fetchone()
    assert (wrong, beside) == ((0,), (0,))
    # and there is room for more, one by one and all at once
    more = await clerk.setup(
        book(tmp_path / "more.xlsx", 单位=[["", f"第 {n} 小区", "单位", ""] for n in range(2990, 6000)])
    )
    assert counts(more) == (3000, 0, 10, 0)


async def test_a_corrected_file_repairs(clerk: Clerk, tmp_path: Path) -> None:
    await clerk.setup(county(tmp_path))
    units = [*ESTATES[:2], ["后城镇", "滦平村", "村（社区）", "130732105201"]]  # known by its code: renamed
    doors = [
        door("东山小区", "东山小区大南门", 编号="007", 审核="否", 地址="-", 纬度="-", 经度="-"),  # known by its number
        door("滦平村", "滦河村村口", 类别="村庄", 表单="只扫码", 离场登记="是"),
        door("赤城县", "县医院门诊楼", 类别="医院", **{"核酸时限（小时）": "24", "风险区天数": "-"}),
    ]
    accounts = [["dongshan01", "东山门岗", "工作人员", "后城镇"], ACCOUNTS[1]]
    path = book(tmp_path / "again.xlsx", 单位=units, 登记点=doors, 账号=accounts)
    plan = await clerk.plan(path)
    assert counts(plan) == (0, 5, 3, 0)
    changes = {
        row["label"]: {change["field"]: (change["before"], change["after"]) for change in row["changes"]}
        for row in await clerk.rows(plan, outcome="change")
    }
    assert changes == {
        "滦平村": {"name": ("滦河村", "滦平村")},
        "东山小区大南门": {
            "name": ("东山小区南门", "东山小区大南门"),
            "review": (True, False),
            "address": ("东山路 1 号", ""),
            "lat": (40.9, None),
            "lon": (115.8, None),
        },
        "滦河村村口": {"form": (FORM, "只扫码"), "checkout": (False, True)},
        "县医院门诊楼": {"test_hours": (48, 24), "risk_days": (7, None)},
        "dongshan01": {
            "display_name": ("南门门岗", "东山门岗"),
            "role": ("attendant", "clerk"),
            "unit": ("赤城县/龙关镇/东山小区", "赤城县/后城镇"),
        },
    }
    assert counts(await clerk.apply(plan)) == (0, 5, 3, 0)
    assert counts(await clerk.plan(path)) == (0, 0, 8, 0)
    row = clerk.owner.execute(
        "SELECT temperature_valid_min, review, address, lat FROM checkpoints WHERE ref = '007'"
    ).fetchone()
    assert row == (240, False, "", None)  # what the second file says nothing about stayed


async def test_what_exists_comes_out_and_goes_back_in_unchanged(clerk: Clerk, tmp_path: Path) -> None:
    await clerk.setup(county(tmp_path))
    run = await clerk.export()
    [file] = run["files"]
    path = await clerk.file(run, file["name"], tmp_path / "export.xlsx")
    sheets = cells(path)
    assert [len(rows) - 2 for name, rows in sheets.items() if name in ("单位", "登记点", "账号")] == [6, 7, 9]
    plan = await clerk.plan(path)
    assert counts(plan) == (0, 0, run["summary"]["rows"], 0)
    assert plan["summary"]["examples"] == 3


async def test_new_accounts_open_with_their_initial_passwords(clerk: Clerk, house: House, tmp_path: Path) -> None:
    run = await clerk.setup(county(tmp_path))
    [file] = run["files"]
    assert file["name"] == "账号和初始密码.xlsx"
    [header, *rows] = cells(await clerk.file(run, file["name"], tmp_path / "accounts.xlsx"))["账号"]
    assert header == ["账号", "姓名或岗位", "角色", "所属单位", "初始密码"]
    passwords = {row[0]: row[4] for row in rows}
    assert passwords.keys() == {"dongshan01", "houcheng"}
    assert len(set(passwords.values())) == 2
    for username, password in passwords.items():
        client = await house.client()
        answer = await client.post("/session", {"username": username, "password": password})
        assert answer.json()["must_change_password"] is True
        assert (await client.get("/units")).json()["code"] == "must_change_password"
        changed = {"old_password": password, "new_password": "a-better-one-than-that"}
        assert (await client.post("/session/password", changed)).status_code in (200, 204)
        assert (await client.get("/units")).status_code in (200, 403)  # an attendant may not read the tree
    stored = [
        row[0] for row in clerk.owner.execute("SELECT password_hash FROM staff_accounts WHERE username = 'dongshan01'")
    ]
    assert stored[0].startswith("$argon2id$")
    # nobody else can fetch the file, and fetching it is recorded
    other = await house.staff("hebei")
    assert (await other.get(f"/runs/{run['id']}/files/{file['name']}")).status_code == 404
    downloads = clerk.owner.execute("SELECT actor FROM audit_log WHERE action = 'runs.download'").fetchall()
    assert downloads == [(f"staff:{clerk.client.id}",)]


async def test_a_door_made_by_a_workbook_opens(clerk: Clerk, house: House, tmp_path: Path) -> None:
    await clerk.setup(county(tmp_path))
    code = clerk.owner.execute(
        "SELECT c.code FROM checkpoints k JOIN checkpoint_codes c ON c.checkpoint_id = k.id WHERE k.ref = '007'"
    ).fetchone()
    assert code
    shown = (await (await house.client()).get(f"/doors/{code[0]}")).json()
    assert shown["checkpoint"]["name"] == "东山小区南门"


async def test_somebody_elses_unit_is_refused_row_by_row(clerk: Clerk, tmp_path: Path) -> None:
    path = book(
        tmp_path / "foreign.xlsx",
        单位=[["130709000000", "新村", "村（社区）", ""], ["", "崇礼新区", "乡镇（街道）", CHONGLI.code], ["", "好小区", "单位", ""]],
        登记点=[door("崇礼区", "大门"), door("西湾子镇", "大门"), door("龙关镇", "门", 登记码=XIWANZI_CODE), door("好小区", "门")],
        账号=[["xiwanzi", "改名", "管理员", "龙关镇"], ["newone", "新人", "门岗", "河北省"], ["gooduser", "好人", "门岗", "好小区"]],
    )  # fmt: skip
    run = await clerk.setup(path)
    assert counts(run) == (3, 0, 0, 7)
    assert await clerk.faults(run) == {
        "单位!A2": "unit_unknown",
        "单位!D3": "code_taken",
        "登记点!A2": "unit_unknown",
        "登记点!A3": "unit_unknown",
        "登记点!O4": "door_unknown",
        "账号!A2": "username_taken",
        "账号!D3": "unit_unknown",
    }


XIWANZI_CODE = "XWANZ00000000000"


async def test_only_ones_own_area_can_be_set_up(clerk: Clerk, house: House, tmp_path: Path) -> None:
    path = county(tmp_path)
    stranger = await house.staff("chongli")
    answer = await stranger.get("/setup/template.xlsx", unit_id=CHICHENG.id)
    assert answer.status_code == 404
    for username, status in (("chongli", 404), ("clerk", 403), ("gate01", 403)):
        client = await house.staff(username)
        body = {"unit_id": CHICHENG.id, "upload_id": 1}
        assert (await client.post("/setup/plans", body)).status_code == status
    plan = await clerk.plan(path)
    for username in ("chongli", "hebei"):
        other = await house.staff(username)
        assert (await other.get(f"/setup/runs/{plan['id']}/rows")).status_code == 404
        assert (await other.post("/setup/applications", {"plan_run_id": plan["id"]})).status_code == 404


async def test_a_smaller_part_of_ones_area_can_be_set_up(clerk: Clerk, tmp_path: Path) -> None:
    clerk.unit_id = LONGGUAN.id
    run = await clerk.setup(
        book(
            tmp_path / "town.xlsx", 登记点=[door("一街村", "西口"), door("雕鹗镇", "东口"), door("龙关镇", "政府大门")]
        )
    )
    assert counts(run) == (2, 0, 0, 1)
    assert await clerk.faults(run) == {"登记点!A3": "unit_unknown"}


async def test_an_old_door_code_still_names_its_checkpoint(clerk: Clerk, tmp_path: Path) -> None:
    await clerk.client.post(f"/checkpoints/{YIJIE_DOOR.id}/code")
    path = book(tmp_path / "renamed.xlsx", 登记点=[door("一街村", "一街村新东口", 类别="村庄", 登记码=YIJIE_DOOR.code)])
    assert counts(await clerk.setup(path)) == (0, 1, 0, 0)
    assert counts(await clerk.setup(path)) == (0, 0, 1, 0)


async def test_what_changed_after_the_dry_run_is_not_applied_stale(clerk: Clerk, tmp_path: Path) -> None:
    plan = await clerk.plan(book(tmp_path / "one.xlsx", 登记点=[door("一街村", "西口")]))
    body = {"unit_id": YIJIE_DOOR.unit.id, "name": "西口", "category": "estate", "template_id": 1}
    assert (await clerk.client.post("/checkpoints", body)).status_code == 201
    run = await clerk.apply(plan)
    assert counts(run) == (0, 0, 1, 0)
    assert run["summary"]["differs"] == 1


async def test_a_closed_unit_gets_nothing_and_does_not_come_out(clerk: Clerk, tmp_path: Path) -> None:
    clerk.owner.execute("UPDATE units SET closed_at = now() WHERE name = '一街村'")
    path = book(
        tmp_path / "closed.xlsx",
        单位=[["一街村", "新小区", "单位", ""], ["龙关镇", "一街村", "村（社区）", ""]],
        登记点=[door("一街村", "西口"), door("龙关镇", "北口")],
    )
    run = await clerk.setup(path)
    assert counts(run) == (1, 0, 0, 3)
    assert await clerk.faults(run) == {"单位!A2": "closed", "单位!B3": "closed", "登记点!A2": "closed"}
    export = await clerk.export()
    out = cells(await clerk.file(export, export["files"][0]["name"], tmp_path / "out.xlsx"))
    assert {row[1] for row in out["单位"][2:]} == {"龙关镇", "雕鹗镇"}
    assert "一街村东口" not in {row[1] for row in out["登记点"]}
    assert "yijie" not in {row[0] for row in out["账号"]}


async def test_units_made_and_renamed_by_a_workbook_have_a_history(clerk: Clerk, tmp_path: Path) -> None:
    await clerk.setup(county(tmp_path))
    await clerk.setup(book(tmp_path / "renamed.xlsx", 单位=[["后城镇", "滦平村", "村（社区）", "130732105201"]]))
    happened = clerk.owner.execute(
        "SELECT h.kind, h.actor, h.detail FROM unit_history h JOIN units u ON u.id = h.unit_id WHERE u.name = '滦平村' ORDER BY h.id"
    ).fetchall()
    assert [(kind, actor) for kind, actor, _ in happened] == [("create", "staff:3"), ("rename", "staff:3")]
    assert happened[1][2] == {"before": "滦河村", "after": "滦平村"}


async def test_what_was_done_is_in_the_audit_log(clerk: Clerk, tmp_path: Path) -> None:
    run = await clerk.setup(county(tmp_path))
    entries = clerk.owner.execute(
        "SELECT action, detail->>'sheet', (detail->>'rows')::int FROM audit_log WHERE subject = %s AND action LIKE 'setup%%' ORDER BY id",
        [f"run:{run['id']}"],
    ).fetchall()
    assert entries == [("setup.create", "unit", 3), ("setup.create", "checkpoint", 3), ("setup.create", "account", 2)]


async def test_a_ready_made_form_is_copied_where_a_row_names_it(clerk: Clerk, tmp_path: Path) -> None:
    path = book(
        tmp_path / "ready.xlsx",
        登记点=[door("一街村", "商店", 表单="商铺进店登记"), door("雕鹗镇", "商店", 表单="Shop")],
    )
    assert counts(await clerk.setup(path)) == (2, 0, 0, 0)
    made = clerk.owner.execute(
        "SELECT t.unit_id, t.name, count(*) FROM checkpoints k JOIN templates t ON t.id = k.template_id"
        " WHERE k.id > 1000 GROUP BY 1, 2"
    ).fetchall()
    assert made == [(CHICHENG.id, "商铺进店登记", 2)]
    assert counts(await clerk.setup(path)) == (0, 0, 2, 0)
