"""Uploads, runs and the files they make."""

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from lianfang.access.scope import scoped
from lianfang.entrypoints.handlers import RUN_HANDLERS
from lianfang.kit.errors import invalid, wrong_field
from lianfang.runs import service
from lianfang.runs.files import PART
from lianfang.runs.work import Work, execute
from tests.support.house import Client, House
from tests.support.runs import download, finished, upload, work_off

TEXT = "姓名,=1+1\n".encode() * 3


async def _start(house: House, client: Client, kind: str, upload_id: int | None = None, **parameters: Any) -> int:
    """What a room's service does within its own transaction."""
    session = await house.services.sessions.authenticate(client.http.cookies["lf_staff"])
    assert session is not None
    async with scoped(house.services.db.app, session.scope) as conn:
        return await service.start(
            session.scope, conn, house.services.keys, kind, parameters, language="en", upload_id=upload_id
        )


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Some kinds of run."""

    async def copy(work: Work) -> dict[str, Any]:
        path = tmp_path / "in"
        name = await work.upload_to(path)
        await work.progress(1, 2)
        await work.attach(f"copy of {name}", path)
        await work.attach("twice.txt", b"first")
        await work.attach("twice.txt", b"second")

        async def pieces() -> AsyncIterator[bytes]:
            for letter in "abc":
                yield letter.encode()

        await work.attach("pieces.txt", pieces())
        return {"said": work.parameters["say"], "places": [work.scope.lo, work.scope.hi]}

    async def refuse(work: Work) -> dict[str, Any]:
        raise invalid(wrong_field("file", "empty", "文件没有数据行。", "The file has no rows."))

    async def crash(work: Work) -> dict[str, Any]:
        await work.attach("half.txt", b"half")
        raise RuntimeError("13800001111 in a message that nobody may see")

    for kind, handler in {"test.copy": copy, "test.refuse": refuse, "test.crash": crash}.items():
        monkeypatch.setitem(RUN_HANDLERS, kind, handler)


async def test_a_run_takes_a_file_and_makes_files(house: House, owner: psycopg.Connection, kinds: None) -> None:
    admin = await house.staff("chicheng")
    given = TEXT + b"x" * (2 * PART)
    run_id = await _start(house, admin, "test.copy", await upload(admin, "C:\\lists\\名单.csv", given), say="hello")
    before = (await admin.get(f"/runs/{run_id}")).json()
    assert (before["state"], before["files"]) == ("queued", [])
    assert await work_off(house, owner) == 1
    run = await finished(admin, run_id)
    assert run["summary"]["said"] == "hello"
    assert (run["done"], run["total"]) == (2, 2)  # its last word on the way was 1 of 2
    assert [file["name"] for file in run["files"]] == ["copy of 名单.csv", "twice.txt", "pieces.txt"]
    assert run["files"][0]["size"] == len(given)
    assert await download(admin, run_id, "copy of 名单.csv") == given
    assert await download(admin, run_id, "twice.txt") == b"second"
    assert await download(admin, run_id, "pieces.txt") == b"abc"
    assert [item["id"] for item in (await admin.get("/runs")).json()["items"]] == [run_id]
    actions = [row[0] for row in owner.execute("SELECT action FROM audit_log WHERE subject = %s", [f"run:{run_id}"])]
    assert actions == ["runs.start", *["runs.download"] * 3]


async def test_a_run_and_its_files_are_for_whoever_started_it(
    house: House, owner: psycopg.Connection, kinds: None
) -> None:
    admin = await house.staff("chicheng")
    upload_id = await upload(admin, "a.csv", TEXT)
    run_id = await _start(house, admin, "test.copy", upload_id, say="")
    await work_off(house, owner)
    for username in ("chongli", "hebei", "gate01"):
        other = await house.staff(username)
        assert (await other.get(f"/runs/{run_id}")).status_code == 404
        assert (await other.get(f"/runs/{run_id}/files/twice.txt")).status_code == 404
        assert (await other.get("/runs")).json()["items"] == []
        with pytest.raises(Exception, match="upload_gone"):
            await _start(house, other, "test.copy", await upload(admin, "b.csv", TEXT), say="")
    with pytest.raises(Exception, match="upload_gone"):  # an upload is used once
        await _start(house, admin, "test.copy", upload_id, say="")


async def test_a_failure_is_a_sentence_and_leaves_no_file(house: House, owner: psycopg.Connection, kinds: None) -> None:
    admin = await house.staff("chicheng")
    refused = await _start(house, admin, "test.refuse")
    crashed = await _start(house, admin, "test.crash")
    await work_off(house, owner)
    run = (await admin.get(f"/runs/{refused}")).json()
    assert (run["state"], run["error"]) == (
        "failed",
        "1 field(s) need correction; see each one's note. The file has no rows.",
    )
    run = (await admin.get(f"/runs/{crashed}")).json()
    assert run["state"] == "failed"
    assert "incident" in run["error"]
    assert "138" not in run["error"]


async def test_a_run_that_was_cut_off_begins_again(house: House, owner: psycopg.Connection, kinds: None) -> None:
    admin = await house.staff("chicheng")
    run_id = await _start(house, admin, "test.copy", await upload(admin, "a.csv", TEXT), say="again")
    owner.execute("UPDATE runs SET state = 'running', started_at = now() WHERE id = %s", [run_id])
    await work_off(house, owner)
    assert len((await finished(admin, run_id))["files"]) == 3
    assert await work_off(house, owner) == 0  # and not a third time


async def test_the_job_is_queued_with_the_run(house: House, owner: psycopg.Connection, kinds: None) -> None:
    admin = await house.staff("chicheng")
    run_id = await _start(house, admin, "test.copy", say="")
    rows = owner.execute(
        "SELECT task_name, queue_name, args FROM procrastinate_jobs ORDER BY id DESC LIMIT 1"
    ).fetchall()
    assert rows == [("runs.work", "runs", {"run_id": run_id})]


async def test_a_run_whose_job_was_given_up_gets_another(
    house: House, owner: psycopg.Connection, worker: Any, kinds: None
) -> None:
    admin = await house.staff("chicheng")
    run_id = await _start(house, admin, "test.copy", await upload(admin, "a.csv", TEXT), say="")

    def jobs() -> list[str]:
        query = "SELECT status::text FROM procrastinate_jobs WHERE args->'run_id' = to_jsonb(%s::bigint) ORDER BY id"
        return [row[0] for row in owner.execute(query, [run_id]).fetchall()]

    await service.resume(worker)
    assert jobs() == ["todo"]
    owner.execute("UPDATE procrastinate_jobs SET status = 'aborted' WHERE status = 'todo'")
    await service.resume(worker)
    assert jobs() == ["aborted", "todo"]
    await work_off(house, owner)
    owner.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE status = 'todo'")
    await service.resume(worker)  # it is done: nothing is left to do
    assert jobs() == ["aborted", "failed"]


async def test_a_disabled_account_s_run_does_nothing(house: House, owner: psycopg.Connection, kinds: None) -> None:
    admin = await house.staff("chicheng")
    run_id = await _start(house, admin, "test.copy", await upload(admin, "a.csv", TEXT), say="")
    owner.execute("UPDATE staff_accounts SET disabled = true WHERE id = %s", [admin.id])
    await work_off(house, owner)
    assert owner.execute("SELECT state, error <> '' FROM runs WHERE id = %s", [run_id]).fetchone() == ("failed", True)


async def test_what_is_stored_is_not_readable(house: House, owner: psycopg.Connection, kinds: None) -> None:
    admin = await house.staff("chicheng")
    await _start(house, admin, "test.copy", await upload(admin, "a.csv", b"13800001111"), say="13800001111")
    stored = owner.execute("SELECT (SELECT data FROM run_file_parts) || (SELECT parameters FROM runs)").fetchone()
    assert stored is not None
    assert b"13800001111" not in bytes(stored[0])


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("application/octet-stream", b"", 422, "upload_empty"),
        ("text/csv", b"a", 415, "media_type"),
        ("multipart/form-data", b"a", 415, "media_type"),
        ("application/octet-stream", b"0" * ((64 << 20) + 1), 413, "upload_too_large"),
    ],
)
async def test_an_upload_that_is_refused(house: House, content_type: str, body: bytes, status: int, code: str) -> None:
    admin = await house.staff("chicheng")
    answer = await admin.http.post(
        "/api/v1/uploads", params={"name": "a"}, content=body, headers={"content-type": content_type}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_old_runs_and_uploads_go_with_their_files(
    house: House, owner: psycopg.Connection, worker: Any, kinds: None
) -> None:
    admin = await house.staff("chicheng")
    run_id = await _start(house, admin, "test.copy", await upload(admin, "a.csv", TEXT), say="")
    await work_off(house, owner)
    waiting = await _start(house, admin, "test.copy", await upload(admin, "a.csv", TEXT), say="")
    await upload(admin, "never used.csv", TEXT)
    owner.execute("UPDATE runs SET created_at = now() - interval '8 days'")
    owner.execute("UPDATE run_files SET created_at = now() - interval '2 days' WHERE run_id IS NULL")
    await service.tidy(worker)
    assert owner.execute("SELECT id FROM runs").fetchall() == [(waiting,)]  # unfinished: it may still be wanted
    assert owner.execute("SELECT DISTINCT run_id FROM run_files").fetchall() == [(waiting,)]
    assert owner.execute("SELECT count(*) FROM run_file_parts").fetchone() == (1,)
    assert (await admin.get(f"/runs/{run_id}")).status_code == 404


async def test_executing_what_is_not_there_does_nothing(house: House, owner: psycopg.Connection, kinds: None) -> None:
    services = house.services
    from lianfang.runs.work import Means

    await execute(
        1 << 40,
        RUN_HANDLERS,
        Means(
            services.settings,
            services.keys,
            services.db.app,
            services.db.identity,
            services.db.worker,
            services.db.lane,
        ),
    )
    assert owner.execute("SELECT count(*) FROM runs").fetchone() == (0,)


async def test_the_age_of_the_oldest_job_that_is_due(house: House, cast: psycopg.Connection, kinds: None) -> None:
    worker, clerk = house.services.db.worker, await house.staff("clerk")
    cast.execute("DELETE FROM procrastinate_jobs")
    assert await service.oldest_job_s(worker) == 0
    await _start(house, clerk, "test.copy", say="hello")
    cast.execute("UPDATE procrastinate_events SET at = now() - interval '90 s'")
    assert 90 <= await service.oldest_job_s(worker) < 100
    cast.execute("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 h'")
    assert await service.oldest_job_s(worker) == 0
