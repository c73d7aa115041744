"""How many scans a second ours takes for each that the usual way takes, on the same people, doors and load, turn by turn.

    python -m benchmarks.rival [--rounds 5] [--seconds 10] [--people 200000] [--checkpoints 10000] [--connections 256] [--json]

The rival is `rival_app.py`: FastAPI, SQLAlchemy, uvicorn; one process, as ours has on two cores.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL

from lianfang.bench import generator, lane
from lianfang.bench.population import Size
from lianfang.bootstrap import prepared_database
from lianfang.config import master_secret
from lianfang.entrypoints.bench_command import fill, workplace
from lianfang.entrypoints.supervisor import serving
from lianfang.kit.cluster import Cluster
from lianfang.migrations.roles import role_dsn


@contextmanager
def rival(dsn: str, key: str) -> Iterator[tuple[str, int]]:
    """Its base URL and process id."""
    place = conninfo_to_dict(dsn)
    url = URL.create(
        "postgresql+psycopg",
        place["user"],
        place.get("password"),
        database=place["dbname"],
        query={"host": place["host"], "port": place.get("port") or "5432"},
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = {"RIVAL_URL": url.render_as_string(hide_password=False), "RIVAL_KEY": key, "RIVAL_PORT": str(port)}
    process = subprocess.Popen([sys.executable, Path(__file__).with_name("rival_app.py")], env=os.environ | told)  # noqa: S603
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/health/ready", timeout=1).read()
                break
            except OSError:
                if process.poll() is not None:
                    raise SystemExit("the rival does not start") from None
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, default in (("rounds", 5), ("people", 200_000), ("checkpoints", 10_000), ("connections", 256)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    client = generator.best()
    took: dict[str, list[lane.Round]] = {"lianfang": [], "rival": []}
    with workplace() as (settings, directory):
        scans = directory / "scans"
        with prepared_database(settings, Cluster(settings.home_path)) as (dsn, keys):
            fill(dsn, keys, Size(people=asked.people, checkpoints=asked.checkpoints), scans)
            lane_dsn = role_dsn(dsn, "lianfang_lane", keys)
            for _ in range(asked.rounds):
                for name in took:
                    served = (
                        serving(settings, dsn) if name == "lianfang" else rival(lane_dsn, master_secret(settings).hex())
                    )
                    with served as (url, pids):
                        servers = pids if isinstance(pids, list) else [pids]
                        load = {"seconds": asked.seconds, "connections": asked.connections}
                        took[name].append(lane.one_round(client, url, dsn, scans, servers, **load))
    ours, theirs = (median(r.scans_per_s for r in rounds) for rounds in took.values())
    report = {
        "generator": client,
        "connections": asked.connections,
        "scans_per_s": ours,
        "rival_scans_per_s": theirs,
        "times_the_rival": round(ours / theirs, 1),
        "p99_ms": median(r.p99_ms for r in took["lianfang"]),
        "rival_p99_ms": median(r.p99_ms for r in took["rival"]),
        "errors": sum(r.errors for r in took["lianfang"]),
        "rival_errors": sum(r.errors for r in took["rival"]),
        "load_average": round(os.getloadavg()[0], 2),
        "cores": os.cpu_count(),
    }
    if asked.json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        print(f"{name:>20}  {value}")


if __name__ == "__main__":
    main()
