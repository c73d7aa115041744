"""Where the time of a scan goes inside the web process, step by step, without sockets and without the database.

    python benchmarks/lane_steps.py

Prints microseconds a scan: the least of many short runs, because noise only ever adds.
"""

import timeit
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from lianfang.bench.population import FORMS
from lianfang.kit import ids
from lianfang.kit.crypto import Keys
from lianfang.kit.http import JSON_HEADERS, Headers, check_media_type, check_same_site, head
from lianfang.people import tokens
from lianfang.venues.answers import CompiledForm
from lianfang.venues.doors import Door
from lianfang.venues.model import Template
from lianfang.visits.batch import Arrival, Batches
from lianfang.visits.door import content_of
from lianfang.visits.model import Scan
from lianfang.visits.rows import NewVisit
from lianfang.visits.stamps import Outcome, answer
from lianfang.visits.times import time_errors

NOW = datetime.now(UTC)
keys = Keys(b"k" * 32)
_, fields, answers = FORMS[1]
template = Template(1, "form", "form", 1, fields)
door = Door("A" * 16, 7, "鼓楼小区南门", "estate", 1, ("省", "县"), template, CompiledForm(fields))
raw = [
    (b"host", b"127.0.0.1:8000"),
    (b"content-type", b"application/json"),
    (b"cookie", f"lf_resident={tokens.issue(keys, 42, 0, NOW, keys.encrypt('张三丰', 'people.name:42'))}".encode()),
    (b"content-length", b"150"),
]
body = f'{{"scan_id":"{ids.uuid7()}","code":"{door.code}","answers":{answers}}}'.encode()
decode = msgspec.json.Decoder(Scan).decode
encode = msgspec.json.Encoder().encode
scan = decode(body)
given, _ = door.form.check(scan.answers)
headers = Headers(raw)
content = content_of(42, door, given, None, None)
arrival = Arrival(42, 0, scan.scan_id, door, given, NOW, False, "resident", None, content)
batches = Batches(keys, 37.3)
visit = batches._decided(arrival, (), None, (), NOW)
assert isinstance(visit, NewVisit)
visits = [visit] * 128
outcome = Outcome(NOW, "pass", "ok", "张*", False)
stamp = answer(scan.scan_id, door, outcome, "zh-CN")
line = head(201, JSON_HEADERS)


def checks() -> None:
    check_media_type(headers)
    check_same_site(headers, frozenset())


STEPS: dict[str, tuple[Callable[[], object], int]] = {
    "headers": (lambda: Headers(raw), 1),
    "language": (lambda: headers.language, 1),
    "media type and site": (checks, 1),
    "decode the body": (lambda: decode(body), 1),
    "cookie and token": (lambda: tokens.read(keys, headers.cookie("lf_resident"), NOW), 1),
    "times": (lambda: time_errors(scan.scan_id, None, NOW, None), 1),
    "form": (lambda: door.form.check(scan.answers), 1),
    "digest of the content": (lambda: content_of(42, door, given, None, None), 1),
    "decide, and encrypt the answers": (lambda: batches._decided(arrival, (), None, (), NOW), 1),
    "rows as JSON (of 128)": (lambda: msgspec.json.encode(visits).decode(), 128),
    "stamp": (lambda: answer(scan.scan_id, door, outcome, "zh-CN"), 1),
    "encode the stamp": (lambda: encode(stamp), 1),
}

if __name__ == "__main__":
    total = 0.0
    for name, (step, scans) in STEPS.items():
        runs = max(1, 400 // scans)
        took = min(timeit.repeat(step, number=runs, repeat=300)) / runs / scans * 1e6
        total += took
        print(f"{took:6.2f}  {name}")
    print(f"{total:6.2f}  µs a scan")
