"""A resident's own scan: where it stands, until it is decided; the way out; their code for a gate."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from lianfang.access.scope import Scope, scoped
from lianfang.kit import qr
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import DecryptionError, Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, NOT_SIGNED_IN, Language, Problem, invalid, wrong_field
from lianfang.kit.identifiers import mask_name
from lianfang.people import store as people
from lianfang.visits import store
from lianfang.visits.batch import standing
from lianfang.visits.feed import Bell
from lianfang.visits.gate_model import CheckedOut, MyCode
from lianfang.visits.model import Stamp, Waiting
from lianfang.visits.rows import Existing
from lianfang.visits.stamps import Outcome, answer
from lianfang.visits.times import AHEAD

WAIT_MAX_S = 25.0  # proxies cut requests that last for half a minute
CODE_VALID = timedelta(minutes=5)
CODE_PREFIX = "LF1."
CODE_PLACE = "residents.code"


async def read(conn: Connection, keys: Keys, person_id: int, scan_id: UUID) -> tuple[Existing | None, str]:
    """Where a scan stands, and the masked name of the person. As lianfang_lane."""
    row = (await store.lane_existing(conn, [(person_id, scan_id)])).get((person_id, scan_id.int))
    person = (await store.lane_people(conn, [person_id])).get(person_id)
    name = mask_name(keys.decrypt(person.name, f"people.name:{person_id}")) if person else ""
    return row, name


async def follow(
    lane_db: Database, keys: Keys, decided: Bell, scope: Scope, scan_id: UUID, wait_s: float, language: Language
) -> Stamp | Waiting:
    """The stamp of the resident's own scan, as soon as it is decided; what is still needed, when the time is over."""
    assert scope.person_id is not None
    loop = asyncio.get_running_loop()
    until = loop.time() + max(0.0, min(wait_s, WAIT_MAX_S))
    with decided.watch(scan_id) as rung:
        while True:
            rung.clear()
            async with lane_db.transaction() as conn:
                row, name = await read(conn, keys, scope.person_id, scan_id)
            if row is None:
                raise NOT_FOUND()
            found = standing(keys, row, name, clock_now())
            if isinstance(found, Problem):
                raise found
            left = until - loop.time()
            if isinstance(found, Outcome) or left <= 0 or decided.closed:
                return answer(scan_id, row, found, language)
            try:
                await asyncio.wait_for(rung.wait(), left)
            except TimeoutError:
                until = 0.0  # one last look


async def check_out(lane_db: Database, scope: Scope, scan_id: UUID, at: datetime | None) -> CheckedOut:
    """When the resident left: the first time they say so counts."""
    assert scope.person_id is not None
    now = clock_now()
    if at is not None and at > now + AHEAD:
        raise invalid(
            wrong_field(
                "at", "future", "时间在未来，请校准手机时钟。", "at lies in the future; check the phone's clock."
            )
        )
    left_at = min(at or now, now).astimezone(UTC)
    async with lane_db.transaction() as conn:
        left = await store.lane_check_out(conn, (scope.person_id, scan_id), left_at, now)
    if left is None:
        raise NOT_FOUND()
    return CheckedOut(left)


class Holder(NamedTuple):
    """Who shows a code, of which of their sessions, since when."""

    person_id: int
    epoch: int
    issued: datetime


async def my_code(db: Database, keys: Keys, scope: Scope) -> MyCode:
    """The resident's own code, for a gate to scan."""
    assert scope.person_id is not None
    async with scoped(db, scope) as conn:
        row = await people.find(scope, conn, scope.person_id)
    if row is None:
        raise NOT_SIGNED_IN()
    now = clock_now()
    token = issue(keys, row.id, row.epoch, now)
    return MyCode(token, qr.qr_svg(token), now + CODE_VALID)


def issue(keys: Keys, person_id: int, epoch: int, now: datetime) -> str:
    """Sealed: without our key it is noise, so nobody who photographs it learns who it is, or that two are the same person's."""
    sealed = keys.encrypt(f"{person_id}:{epoch}:{int(now.timestamp())}", CODE_PLACE)
    return CODE_PREFIX + base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def holder(keys: Keys, token: str, at: datetime) -> Holder | None:
    """Whose code it is; None where it is none of ours, or was not valid at that instant."""
    text = token.strip()
    if not text.startswith(CODE_PREFIX) or len(text) > 200:
        return None
    text = text[len(CODE_PREFIX) :]
    try:
        plain = keys.decrypt(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), CODE_PLACE)
    except (ValueError, DecryptionError):
        return None
    person_id, epoch, issued = map(int, plain.split(":"))
    since = datetime.fromtimestamp(issued, UTC)
    # the second is cut off when it is issued, and a gate's clock may be behind
    return Holder(person_id, epoch, since) if since - AHEAD <= at < since + CODE_VALID else None
