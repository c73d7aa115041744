"""A file of evidence: each row good or given back; it counts once somebody above has accepted it, and not before."""

import json
from typing import Any

import psycopg
import pytest

from tests.intake.sending import standing
from tests.rosters.files import cells, csv, xlsx
from tests.support.house import Client, House
from tests.support.people import document, somebody
from tests.support.runs import download, finished, upload, work_off
from tests.support.story import LONGGUAN

HEADER = ["姓名", "证件类型", "证件号码", "种类", "采样时间", "结果", "内容", "检测机构", "编号"]


def row(number: str, kind: str = "核酸检测", result: str = "阴性", **changed: str) -> list[Any]:
    told = {"at": "2022-11-20 08:00", "subject": "", "source": "县疾控", "ref": f"S-{number}"} | changed
    return ["某人", "身份证", number, kind, told["at"], result, told["subject"], told["source"], told["ref"]]


@pytest.fixture
async def town(house: House) -> Client:
    return await house.staff("longguan")


async def send(house: House, owner: psycopg.Connection, client: Client, data: bytes, **options: Any) -> dict[str, Any]:
    body = {
        "unit_id": LONGGUAN.id,
        "upload_id": await upload(client, "tests.xlsx", data),
        "source": "龙关卫生院",
        "dry_run": False,
    }
    answer = await client.post("/evidence/imports", body | options)
    assert answer.status_code == 202, answer.text
    await work_off(house, owner)
    return await finished(client, answer.json()["run_id"])


async def accept(house: House, owner: psycopg.Connection, import_id: int) -> dict[str, Any]:
    county = await house.staff("chicheng")
    answer = await county.post(f"/evidence/imports/{import_id}/accept", {})
    assert answer.status_code == 202, answer.text
    await work_off(house, owner)
    summary: dict[str, Any] = (await finished(county, answer.json()["run_id"]))["summary"]
    return summary


async def test_three_bad_rows_of_ten_thousand_come_back_and_the_others_are_stored(
    house: House, town: Client, cast: psycopg.Connection
) -> None:
    rows = [row(document(100_000 + n)) for n in range(10_000)]
    rows[17][2] = "130799194001010000"
    rows[4_000][5] = "也许"
    rows[9_999][4] = "昨天"
    run = await send(house, cast, town, csv(rows, header=HEADER))
    summary = run["summary"]
    assert (summary["rows"], summary["good"], summary["rejected"]) == (10_000, 9_997, 3)
    assert summary["counts"] == {"test.negative": 9_997}
    header, *back = cells(await download(town, run["id"], "错误行.xlsx"))
    assert header == [*HEADER, "错误原因"]
    assert [line[2] for line in back] == [rows[17][2], rows[4_000][2], rows[9_999][2]]
    assert [line[-1].split("：")[0] for line in back] == ["C19 证件号码", "F4002 结果", "E10001 时间"]
    assert cast.execute("SELECT count(*) FROM evidence_unmatched").fetchone() == (0,)
    assert await accept(house, cast, summary["import_id"]) == {"kept": 9_997, "import_id": summary["import_id"]}
    assert cast.execute("SELECT count(*) FROM evidence_unmatched").fetchone() == (9_997,)
    assert cast.execute("SELECT count(*) FROM evidence_import_parts").fetchone() == (0,)


async def test_a_list_that_one_official_typed_changes_nothing_by_itself(
    house: House, town: Client, cast: psycopg.Connection
) -> None:
    who = somebody()
    await house.resident(who)
    run = await send(house, cast, town, xlsx([row(who.document, result="阳性")], header=HEADER))
    import_id = run["summary"]["import_id"]
    path = f"/evidence/imports/{import_id}"
    assert standing(cast) == []
    for username, status in (("longguan", 403), ("diaoe", 404), ("yijie", 404), ("clerk", 403)):
        assert (await (await house.staff(username)).post(f"{path}/accept", {})).status_code == status, username
    county = await house.staff("chicheng")
    [listed] = (await county.get("/evidence/imports")).json()["items"]
    assert (listed["unit"], listed["counts"], listed["state"], listed["mine"]) == (
        "龙关镇",
        {"test.positive": 1},
        "waiting",
        False,
    )
    assert (await county.post(f"{path}/refuse", {"note": "与实验室记录不符"})).status_code == 204
    assert (await county.post(f"{path}/accept", {})).json()["code"] == "intake_decided"
    assert standing(cast) == []
    assert cast.execute("SELECT count(*) FROM evidence_import_parts").fetchone() == (0,)
    actions = cast.execute("SELECT action FROM audit_log WHERE action LIKE 'evidence.%' ORDER BY id").fetchall()
    assert [a for (a,) in actions] == ["evidence.submit", "evidence.refused"]


async def test_the_same_file_again_changes_nothing_and_a_corrected_one_corrects(
    house: House, town: Client, cast: psycopg.Connection
) -> None:
    who = somebody()
    await house.resident(who)
    states = []
    for result in ("阳性", "阳性", "阴性"):
        given = [row(who.document, result=result), row(who.document, "疫苗接种", "第2剂", subject="克尔来福", ref="V")]
        run = await send(house, cast, town, xlsx(given, header=HEADER))
        states.append(await accept(house, cast, run["summary"]["import_id"]))
    counted = [{k: v for k, v in state.items() if k != "import_id"} for state in states]
    assert counted == [{"stored": 2}, {"unchanged": 2}, {"corrected": 1, "unchanged": 1}]
    assert {line[1:] for line in standing(cast)} == {
        ("test", "negative", "龙关卫生院 · 县疾控"),
        ("vaccination", "2", "龙关卫生院 · 县疾控"),
    }


async def test_a_dry_run_leaves_nothing_behind(house: House, town: Client, cast: psycopg.Connection) -> None:
    run = await send(house, cast, town, xlsx([row(somebody().document)], header=HEADER), dry_run=True)
    assert run["summary"]["counts"] == {"test.negative": 1}
    assert cast.execute("SELECT count(*) FROM evidence_imports").fetchone() == (0,)


async def test_the_template_reads_back_as_empty(house: House, town: Client, cast: psycopg.Connection) -> None:
    template = await town.get("/evidence/template.xlsx")
    assert template.status_code == 200
    body = {"unit_id": LONGGUAN.id, "upload_id": await upload(town, "t.xlsx", template.content), "source": "院"}
    run_id = (await town.post("/evidence/imports", body)).json()["run_id"]
    await work_off(house, cast)
    run = (await town.get(f"/runs/{run_id}")).json()
    assert run["state"] == "failed"
    assert "没有数据" in run["error"]


def bundle(number: str) -> bytes:
    resources: list[dict[str, Any]] = [
        {
            "resourceType": "Patient",
            "id": "p",
            "identifier": [{"type": {"coding": [{"code": "NI"}]}, "value": number}],
        },
        {
            "resourceType": "Immunization",
            "id": "i1",
            "status": "completed",
            "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "511"}]},
            "patient": {"reference": "Patient/p"},
            "occurrenceDateTime": "2022-05-01",
            "protocolApplied": [{"doseNumberPositiveInt": 3}],
        },
        {
            "resourceType": "Observation",
            "id": "o1",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "94500-6"}]},
            "subject": {"reference": "Patient/p"},
            "effectiveDateTime": "2022-11-19T10:00:00+08:00",
            "valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "260373001"}]},
        },
        {
            "resourceType": "Observation",
            "id": "o2",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "8310-5"}]},
            "subject": {"reference": "Patient/p"},
            "effectiveDateTime": "2022-11-19",
        },
        {
            "resourceType": "Immunization",
            "id": "i2",
            "status": "completed",
            "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "208"}]},
            "patient": {"reference": "Patient/unknown"},
            "occurrenceDateTime": "2022-05-01",
        },
    ]
    return json.dumps({"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}).encode()


async def test_a_fhir_bundle_is_read_by_its_resources(house: House, town: Client, cast: psycopg.Connection) -> None:
    who = somebody()
    await house.resident(who)
    run = await send(house, cast, town, bundle(who.document))
    assert run["summary"]["counts"] == {"test.positive": 1, "vaccination.3": 1}
    back = cells(await download(town, run["id"], "错误行.xlsx"))
    assert [line[1] for line in back[1:]] == ["Observation/o2", "Immunization/i2"]
    await accept(house, cast, run["summary"]["import_id"])
    assert sorted((line[1], line[2]) for line in standing(cast)) == [("test", "positive"), ("vaccination", "3")]
