"""How many residents' codes can ask for their colour in a second, through HTTP, where a share of the people isn't green."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import psycopg

from lianfang.bench import generator
from lianfang.bench.generator import Load

PATH = "/api/v1/residents/me/show"
LUA = Path(__file__).with_name("shows.lua")
HOLDS = """
INSERT INTO holds (person_id, colour, rule, plan, reason_zh, reason_en, starts_at, ends_at)
SELECT id, (CASE WHEN id %% 3 = 0 THEN 'red' ELSE 'yellow' END)::hold_colour, 'bench', 'bench', '测试', 'test',
       now() - interval '1 hour', now() + interval '7 days'
FROM people WHERE id %% %s = 0
"""


class ShowMeasured(msgspec.Struct, frozen=True):
    """`shows_per_s`: answered with a colour. `broken`: not answered."""

    generator: str
    shows_per_s: float
    p50_ms: float
    p99_ms: float
    refused: int
    broken: int
    connections: int
    people: int
    not_green: int
    web_processes: int
    load_average: float


def colour(dsn: str, one_in: int) -> int:
    """Holds for one person in so many; how many."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        made = conn.execute(HOLDS.encode(), [one_in]).rowcount
        conn.execute(b"ANALYZE holds")
    return made


def start(
    name: generator.Name, url: str, scans: Path, *, seconds: float, connections: int, pause_ms: int = 0
) -> "subprocess.Popen[str]":
    """People of a population's scans show their codes, without a pause or with one on average. `generator.collect` reads its
    outcome."""
    if name == "wrk":
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "10s", "-s", str(LUA), url + PATH]
    else:
        command = [sys.executable, "-m", generator.__name__, url, str(scans), str(seconds), str(connections)]
    told = {"LF_SCANS": str(scans), "LF_PAUSE_MS": str(pause_ms), "LF_SHOW": PATH}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | told)  # noqa: S603


def drive(name: generator.Name, url: str, scans: Path, *, seconds: float, connections: int) -> Load:
    """As many as there can be."""
    return generator.collect(start(name, url, scans, seconds=seconds, connections=connections))
