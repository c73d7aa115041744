"""Who waits at a gate, as its attendant sees them."""

from lianfang.access.scope import Scope, scoped
from lianfang.codes import store as codes
from lianfang.codes.model import Hold, worst_active
from lianfang.kit import ids
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import Language
from lianfang.people import store as people
from lianfang.people.model import StoredPerson, masked, unlock
from lianfang.venues import store as venues
from lianfang.visits import store
from lianfang.visits.decide import LAPSES_AFTER
from lianfang.visits.gate_model import ShownHold, ShownTemperature, WaitingPerson
from lianfang.visits.given import given_answers
from lianfang.visits.model import GivenAnswer
from lianfang.visits.rows import WaitingRow, needs_of

LISTED = 200


async def list_waiting(
    db: Database, lane_db: Database, keys: Keys, scope: Scope, checkpoint_id: int, language: Language
) -> list[WaitingPerson]:
    async with scoped(db, scope) as conn:
        return await read(scope, conn, lane_db, keys, checkpoint_id, language)


async def read(
    scope: Scope, conn: Connection, lane_db: Database, keys: Keys, checkpoint_id: int, language: Language
) -> list[WaitingPerson]:
    """Everybody who waits at a checkpoint, longest first."""
    now = clock_now()
    rows = await store.gate_waiting(scope, conn, checkpoint_id, since=now - LAPSES_AFTER, limit=LISTED)
    if not rows:
        return []
    known = await people.find_many(scope, conn, list({row.person_id for row in rows}))
    templates = {id: await venues.find_template(scope, conn, id) for id in {row.template_id for row in rows}}
    async with lane_db.transaction() as lane:  # staff read no holds: they are told the reason of the one that counts
        holds = await codes.lane_holds(lane, list(known), now)
    items = []
    for row in rows:
        template = templates[row.template_id]
        answers = given_answers(keys, template, row.person_id, row.scan_id, row.answers) if template else []
        hold = worst_active(holds.get(row.person_id, ()), now)
        items.append(_shown(keys, row, known.get(row.person_id), answers, hold, language))
    return items


def _shown(
    keys: Keys,
    row: WaitingRow,
    person: StoredPerson | None,
    answers: list[GivenAnswer],
    hold: Hold | None,
    language: Language,
) -> WaitingPerson:
    temperature = None
    if row.celsius is not None and row.celsius_at is not None:
        reused = row.celsius_checkpoint_id != row.checkpoint_id or row.celsius_at < row.at
        temperature = ShownTemperature(row.celsius, row.celsius_at, row.place, reused)
    return WaitingPerson(
        scan_id=row.scan_id,
        person_id=row.person_id,
        serial=ids.serial(row.scan_id),
        name=masked(unlock(keys, person)).name if person else "",
        at=row.at,
        needs=list(needs_of(row.needs_temperature, row.needs_review)),
        hold=shown_hold(hold, language),
        answers=answers,
        temperature=temperature,
        last_visit_at=row.last_visit_at,
        seat=row.seat,
        floor=row.floor,
        tenant=row.tenant,
    )


def shown_hold(hold: Hold | None, language: Language) -> ShownHold | None:
    return ShownHold(hold.colour, hold.reason_zh if language == "zh-CN" else hold.reason_en) if hold else None
