"""The same from a database: everybody has a phone's credential on record, and the holds say who isn't green."""

import asyncio
import os
import time

import psycopg

from lianfang.bench.status import StatusMeasured, look_up
from lianfang.credentials import statuslist, store
from lianfang.credentials.keyring import KeyRing
from lianfang.credentials.shelf import publish
from lianfang.credentials.token import LIST_SIZE
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.migrations.apply import migrate
from lianfang.migrations.roles import role_dsn

# The record of ten million signatures, as fast as the database takes it: its indexes afterwards.
_PEOPLE = (
    b"DROP INDEX credentials_by_number, credentials_by_end, credentials_void",
    b"ALTER TABLE credentials DROP CONSTRAINT credentials_pkey",
    b"""INSERT INTO credentials (person_id, number, kid, device_key, issued_at, expires_at)
        SELECT n + 1, n, '', '', now(), now() + interval '1 day' FROM generate_series(0, %(people)s::bigint - 1) AS n""",
    b"ALTER TABLE credentials ADD PRIMARY KEY (person_id, number)",
    b"CREATE INDEX credentials_by_number ON credentials (number)",
    b"CREATE INDEX credentials_by_end ON credentials (expires_at)",
    b"CREATE INDEX credentials_void ON credentials (expires_at) WHERE voided_at IS NOT NULL",
)
# As dice fall, the same each time: so large a share is held now, a third of them red; as large a share again was held once, and
# another was released. Who is next to whom decides how well a list is compressed: nothing of it may be regular.
_THROWN = b"CREATE TEMP TABLE thrown (n bigint, dice bigint, red boolean)"
_THROW = b"""
INSERT INTO thrown SELECT n, dice, hashint8extended(n, 2023) %% 3 = 0
FROM (SELECT n, hashint8extended(n, 2022) & 1048575 AS dice FROM generate_series(1, %(people)s::bigint) AS n) x
WHERE dice < 3 * %(held)s
"""
_HOLDS = b"""
INSERT INTO holds (person_id, colour, rule, plan, reason_zh, reason_en, starts_at, ends_at)
SELECT n, (CASE WHEN red THEN 'red' ELSE 'yellow' END)::hold_colour, 'bench', 'bench', 'test', 'test', now() - interval '8 days',
       now() + interval '1 day' * (CASE WHEN dice / %(held)s = 1 THEN -1 ELSE 7 END)
FROM thrown
"""
_RELEASES = b"""
INSERT INTO hold_releases (person_id, hold_id, recolouring_id, cause)
SELECT n, id, 0, 'evidence' FROM holds JOIN thrown ON n = person_id WHERE dice / %(held)s = 2
"""
_NOT_GREEN = b"SELECT n - 1, CASE WHEN red THEN 3 ELSE 2 END FROM thrown WHERE dice < %(held)s"


def measure(dsn: str, people: int, share: float) -> StatusMeasured:
    """On an empty database."""
    keys = Keys(os.urandom(32))
    migrate(dsn, keys)
    params = {"people": people, "held": round(min(share, 1 / 3) * (1 << 20))}
    with psycopg.connect(dsn, autocommit=True) as conn:
        for statement in (*_PEOPLE, _THROWN, _THROW, _HOLDS, _RELEASES):
            conn.execute(statement, params)
        conn.execute("VACUUM ANALYZE")
        wanted = conn.execute(_NOT_GREEN, params).fetchall()
    return asyncio.run(_measure(dsn, keys, people, [(int(number), int(status)) for number, status in wanted]))


async def _measure(dsn: str, keys: Keys, people: int, wanted: list[tuple[int, int]]) -> StatusMeasured:
    worker = Database(role_dsn(dsn, "lianfang_worker", keys), size=2)
    await worker.open()
    try:
        ring = KeyRing(worker, keys)
        await ring.signer("status")
        began = time.perf_counter()
        await publish(worker, ring)
        built = time.perf_counter()
        async with worker.transaction() as conn:
            rows = [row for row in await store.lane_lists(conn) if row.kind == "phone"]
        [public] = [bytes.fromhex(key.public_key) for key in await ring.trusted() if key.role == "status"]
    finally:
        await worker.close()
    tokens = [bytes(row.token) for row in sorted(rows, key=lambda row: row.number)]
    reading = time.perf_counter()
    lists = [statuslist.read(token, public) for token in tokens]
    read = time.perf_counter()
    return StatusMeasured(
        people,
        len(wanted),
        len(tokens),
        sum(len(one.entries) for one in lists),
        sum(map(len, tokens)),
        round(built - began, 3),
        round(read - reading, 3),
        look_up(lists, people, LIST_SIZE, wanted),
        True,
    )
