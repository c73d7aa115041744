"""A scan that waited is decided: it moves to visits, in the caller's transaction, as lianfang_lane."""

from datetime import datetime

from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection
from lianfang.visits import notes, store
from lianfang.visits.batch import alert_of
from lianfang.visits.decide import Decision
from lianfang.visits.rows import NewVisit, NewWaiting


async def settle(
    conn: Connection,
    keys: Keys,
    waiting: NewWaiting,
    decision: Decision,
    *,
    decided_by: int | None,
    note: str,
    now: datetime,
) -> list[int]:
    """Returns the alerts that it raised. `decided_by`: the attendant; None: a thermometer measured, and nobody reviews."""
    visit = NewVisit(
        person_id=waiting.person_id,
        scan_id=waiting.scan_id,
        at=waiting.at,
        recorded_at=now,
        ord=waiting.ord,
        checkpoint_id=waiting.checkpoint_id,
        template_id=waiting.template_id,
        hold_id=decision.hold_id,
        recorded_by=waiting.recorded_by,
        verdict=decision.verdict,
        source=waiting.source,
        clock=waiting.clock,
        reason=decision.reason,
        content=waiting.content,
        answers=waiting.answers,
        celsius=waiting.celsius,
        celsius_at=waiting.celsius_at,
        celsius_checkpoint_id=waiting.celsius_checkpoint_id,
        seat=waiting.seat,
        tenant_id=waiting.tenant_id,
        decided_by=decided_by,
        note=notes.lock(keys, waiting.person_id, waiting.scan_id, note),
    )
    await store.lane_insert(conn, [visit])
    await store.lane_drop_waiting(conn, (waiting.person_id, waiting.scan_id))
    return await store.lane_insert_alerts(conn, [alert_of(visit)]) if visit.reason == "fever" else []
