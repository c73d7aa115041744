"""The load: wrk where it is installed, otherwise a client of ours in a process of its own."""

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Literal

import msgspec
import uvloop

from lianfang.kit import ids
from lianfang.replay.wire import Line, Wire

PATH = "/api/v1/scans"
LUA = Path(__file__).with_name("scans.lua")


class Load(msgspec.Struct, frozen=True):
    """What a generator saw. `refused`: answered with 4xx or 5xx; `broken`: not answered. Milliseconds."""

    requests: int
    seconds: float
    refused: int
    broken: int
    p50_ms: float
    p99_ms: float
    max_ms: float


Name = Literal["wrk", "lianfang"]


def best() -> Name:
    """wrk costs a tenth of what our own client does."""
    return "wrk" if shutil.which("wrk") else "lianfang"


def start(
    name: Name, url: str, scans: Path, *, seconds: float, connections: int, pause_ms: int = 0
) -> "subprocess.Popen[str]":
    """A closed loop: each connection sends the next scan when the last one is answered, or after a pause of `pause_ms` on
    average. `collect` reads its outcome."""
    if name == "wrk":
        threads = 1 if connections <= 512 else 2
        command = [
            "wrk",
            f"-t{threads}",
            f"-c{connections}",
            f"-d{seconds:g}s",
            "--timeout",
            "10s",
            "-s",
            str(LUA),
            url + PATH,
        ]
    else:
        command = [sys.executable, "-m", __name__, url, str(scans), str(seconds), str(connections)]
    told = {"LF_SCANS": str(scans), "LF_PAUSE_MS": str(pause_ms)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | told)  # noqa: S603


def collect(process: "subprocess.Popen[str]") -> Load:
    output, _ = process.communicate()
    for line in output.splitlines():
        if line.startswith("JSON "):
            return msgspec.json.decode(line[5:], type=Load)
    raise RuntimeError(f"the load generator ended with {process.returncode} and no figures")


async def _drive(url: str, scans: list[str], seconds: float, connections: int) -> dict[str, Any]:
    wire = Wire(url, timeout_s=10)
    shown = os.environ.get("LF_SHOW")  # the address that tells a code's colour: it is asked for instead of scanning
    head = wire.head("GET" if shown else "POST", shown or PATH).removesuffix(b"Content-Length: ")
    ammunition = [
        (head + f"Cookie: {cookie}\r\nContent-Length: ".encode(), f'","code":"{code}","answers":{answers}}}'.encode())
        for cookie, code, answers in (line.split("\t") for line in scans)
    ]
    took: list[float] = []
    refused = broken = 0
    pause_s = int(os.environ.get("LF_PAUSE_MS", "0")) / 1000
    end = time.monotonic() + seconds

    def stop() -> None:
        nonlocal end
        end = 0

    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop)  # as wrk does

    async def connection() -> None:
        nonlocal refused, broken
        line = Line(wire)
        while True:
            if pause_s:
                await asyncio.sleep(random.uniform(0, 2 * pause_s))  # noqa: S311 -- load
            if (begin := time.monotonic()) >= end:
                break
            before, after = random.choice(ammunition)  # noqa: S311 -- load
            try:
                body = b"" if shown else b'{"scan_id":"' + str(ids.uuid7()).encode() + after
                answer = await line.ask(before, body)
            except OSError:
                broken += 1
            else:
                refused += answer.status >= 400
                took.append(time.monotonic() - begin)
        line.close()

    begin = time.monotonic()
    await asyncio.gather(*(connection() for _ in range(connections)))
    took.sort()

    def at(share: float) -> float:
        return round(took[min(len(took) - 1, int(len(took) * share))] * 1000, 2) if took else 0.0

    return {
        "requests": len(took),
        "seconds": time.monotonic() - begin,
        "refused": refused,
        "broken": broken,
        "p50_ms": at(0.5),
        "p99_ms": at(0.99),
        "max_ms": at(1),
    }


if __name__ == "__main__":
    target, file, duration, many = sys.argv[1:]
    print(
        "JSON "
        + json.dumps(uvloop.run(_drive(target, Path(file).read_text().splitlines(), float(duration), int(many))))
    )
