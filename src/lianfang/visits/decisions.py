"""An attendant measures, approves or refuses somebody who waits; the scan moves to visits in the same transaction.

Whether the door is the attendant's is asked as lianfang_app, under the policies. The move is made as lianfang_lane, the only
role that writes visits (docs/adr/0007).
"""

from datetime import datetime
from typing import NamedTuple

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.codes import store as codes
from lianfang.codes.model import worst_active
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys, digest
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, Language, Problem, invalid, wrong_field
from lianfang.staff import store as staff
from lianfang.venues import service as venues
from lianfang.venues.model import StoredCheckpoint
from lianfang.visits import own, store, temperature
from lianfang.visits.batch import Measured, standing
from lianfang.visits.decide import LAPSES_AFTER, Undecided, Wants, decide
from lianfang.visits.gate_model import Decided
from lianfang.visits.gate_model import Decision as Sent
from lianfang.visits.model import VERDICTS
from lianfang.visits.problems import ALREADY_DECIDED, DECISION_CHANGED, SCAN_LAPSED, TEMPERATURE_NEEDED
from lianfang.visits.ringer import Ringer
from lianfang.visits.rows import Existing, NewDecision, NewTemperature, NewWaiting
from lianfang.visits.settle import settle
from lianfang.visits.stamps import Outcome, stamp
from lianfang.visits.times import AHEAD, version_error


class Deed(NamedTuple):
    """What an attendant of the checkpoint did, checked."""

    sent: Sent
    measured: Measured | None
    checkpoint: StoredCheckpoint
    account_id: int
    now: datetime

    @property
    def content(self) -> bytes:
        return digest(msgspec.json.encode(self.sent))


class Desk:
    """Where attendants' decisions are taken."""

    def __init__(self, db: Database, lane_db: Database, keys: Keys, ringer: Ringer, fever_celsius: float) -> None:
        self._db = db
        self._lane_db = lane_db
        self._keys = keys
        self._ringer = ringer
        self._fever = fever_celsius

    async def take(self, scope: Scope, account_id: int, checkpoint_id: int, sent: Sent, language: Language) -> Decided:
        """Does what the attendant decided, once. Problem `already_decided` where somebody else was first."""
        checkpoint = await venues.find_checkpoint(self._db, scope, checkpoint_id)
        now = clock_now()
        deed = Deed(sent, _checked(sent, now), checkpoint, account_id, now)
        key = (sent.person_id, sent.scan_id)
        alerts: list[int] = []
        async with self._lane_db.transaction() as conn:
            # the second of two attendants stands here until the first is done
            waiting = await store.lane_lock_waiting(conn, key, checkpoint_id)
            before = await store.lane_decision(conn, sent.person_id, sent.decision_id)
            row = (await store.lane_existing(conn, [key])).get((sent.person_id, sent.scan_id.int))
            mine = waiting is not None and before is None and row is not None and row.verdict is None
            if mine:
                assert waiting is not None
                alerts = await self._record(conn, waiting, deed)
            row, name = await own.read(conn, self._keys, *key)
        if before is not None and before != deed.content:
            raise DECISION_CHANGED()
        if row is None or row.checkpoint_id != checkpoint_id:
            raise NOT_FOUND()
        if not mine and before is None:
            raise await self._already(scope, row, language)
        if mine:
            self._ring(row, alerts)
        found = standing(self._keys, row, name, now)
        if isinstance(found, Problem):
            raise found
        if isinstance(found, Outcome):
            return Decided(sent.scan_id, "decided", [], stamp(sent.scan_id, row, found, language))
        return Decided(sent.scan_id, "waiting", list(found.needs))

    async def _record(self, conn: Connection, waiting: NewWaiting, deed: Deed) -> list[int]:
        """Writes what was done and what follows from it. Returns the alerts that it raised."""
        sent, measured = deed.sent, deed.measured
        at = min(max(sent.at, waiting.at), deed.now)  # the gate's clock may be off; nobody is let in before they came
        if at >= waiting.at + LAPSES_AFTER:
            raise SCAN_LAPSED()
        if measured:
            waiting = msgspec.structs.replace(
                waiting, celsius=measured.celsius, celsius_at=at, celsius_checkpoint_id=deed.checkpoint.id
            )
            await store.lane_insert_temperatures(conn, [_temperature(waiting, deed, measured, at)])
        holds = await codes.lane_holds(conn, [waiting.person_id], at)
        decision = decide(
            worst_active(holds.get(waiting.person_id, ()), at),
            Wants(waiting.needs_temperature, waiting.needs_review and sent.action != "approve"),
            celsius=waiting.celsius,
            fever=self._fever,
            refused=sent.action == "refuse",
        )
        alerts: list[int] = []
        if isinstance(decision, Undecided):
            if sent.action == "approve":
                raise TEMPERATURE_NEEDED()
            await store.lane_measure_waiting(conn, waiting)
        else:
            note = sent.note.strip() if sent.action == "refuse" else ""
            alerts = await settle(
                conn, self._keys, waiting, decision, decided_by=deed.account_id, note=note, now=deed.now
            )
        row = NewDecision(
            person_id=waiting.person_id,
            id=sent.decision_id,
            scan_id=waiting.scan_id,
            at=at,
            recorded_at=deed.now,
            ord=waiting.ord,
            checkpoint_id=waiting.checkpoint_id,
            decided_by=deed.account_id,
            action=sent.action,
            content=deed.content,
        )
        await store.lane_insert_decision(conn, row)
        return alerts

    def _ring(self, row: Existing, alerts: list[int]) -> None:
        self._ringer.checkpoint(row.checkpoint_id)
        self._ringer.alerts(alerts)
        if row.verdict is not None:
            self._ringer.decided(row.scan_id)

    async def _already(self, scope: Scope, row: Existing, language: Language) -> Problem:
        """Who decided it, as far as this attendant may know, and what they decided."""
        account = None
        if row.decided_by is not None:
            async with scoped(self._db, scope) as conn:
                account = await staff.find(scope, conn, row.decided_by)
        by = account.display_name if account else "—"
        assert row.verdict is not None
        return ALREADY_DECIDED(by=by, verdict=VERDICTS[row.verdict].show(language))


def _temperature(waiting: NewWaiting, deed: Deed, measured: Measured, at: datetime) -> NewTemperature:
    return NewTemperature(
        person_id=waiting.person_id,
        id=deed.sent.decision_id,
        celsius=measured.celsius,
        at=at,
        ord=waiting.ord,
        checkpoint_id=waiting.checkpoint_id,
        recorded_by=deed.account_id,
        reusable=measured.reusable,
    )


def _checked(sent: Sent, now: datetime) -> Measured | None:
    """The measurement that came along, if any."""
    errors = []
    if error := version_error("decision_id", sent.decision_id):
        errors.append(error)
    if sent.at > now + AHEAD:
        errors.append(
            wrong_field("at", "future", "时间在未来，请校准设备时钟。", "at lies in the future; check the clock.")
        )
    if sent.action == "refuse" and not sent.note.strip():
        errors.append(wrong_field("note", "required", "请写明不予放行的原因。", "Say why entry is refused."))
    if "\0" in sent.note:
        errors.append(
            wrong_field(
                "note", "format", "原因含有无法保存的字符。", "The note holds a character that cannot be stored."
            )
        )
    if sent.action == "measure" and sent.celsius is None:
        errors.append(wrong_field("celsius", "required", "请填写体温。", "Enter the temperature."))
    if errors:
        raise invalid(*errors)
    return None if sent.celsius is None else temperature.checked(sent.celsius, confirmed=sent.confirmed)
