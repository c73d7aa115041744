"""An attendant scans somebody's own code, or enters their document, for those who do not scan the door's."""

from datetime import UTC, datetime, timedelta

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.codes import store as codes
from lianfang.codes.model import worst_active
from lianfang.credentials.service import Reader
from lianfang.credentials.token import PREFIX
from lianfang.evidence import store as evidence
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language, invalid, wrong_field
from lianfang.kit.identifiers import mask_name
from lianfang.kit.ids import uuid7_time
from lianfang.people import service as people
from lianfang.requirements.decide import lacks
from lianfang.requirements.words import told
from lianfang.venues import service as venues
from lianfang.venues import store as venues_store
from lianfang.venues.doors import Doors
from lianfang.venues.model import StoredCheckpoint
from lianfang.visits import own, store, temperature
from lianfang.visits.batch import Arrival
from lianfang.visits.decide import still_valid
from lianfang.visits.door import content_of, seat_error
from lianfang.visits.gate_model import GateFamily, GatePerson, GateScan, ShownTemperature
from lianfang.visits.lane import Lane
from lianfang.visits.model import Stamp, Waiting
from lianfang.visits.problems import CODE_EXPIRED
from lianfang.visits.stamps import answer
from lianfang.visits.times import time_errors
from lianfang.visits.waiting import shown_hold


class StaffScans:
    """Where scans of attendants are taken."""

    def __init__(
        self,
        db: Database,
        identity: Database,
        lane_db: Database,
        lane: Lane,
        doors: Doors,
        keys: Keys,
        reader: Reader,
        retention: timedelta | None,
    ) -> None:
        self._db = db
        self._identity = identity
        self._lane_db = lane_db
        self._lane = lane
        self._doors = doors
        self._keys = keys
        self._reader = reader
        self._retention = retention

    async def take(
        self,
        scope: Scope,
        account_id: int,
        checkpoint_id: int,
        sent: GateScan,
        language: Language,
        *,
        person_id: int | None = None,
    ) -> Stamp | Waiting:
        """Registers the person like a scan of theirs. What the form requires may be left open: the attendant sees the person.
        `person_id`: somebody whom a terminal of ours has recognised."""
        checkpoint = await venues.find_checkpoint(self._db, scope, checkpoint_id)
        door = await self._doors.answered(await self._doors.find(checkpoint.code), sent.template_id)
        now = clock_now()
        seat = (sent.seat or "").strip() or None
        answers, wrong = door.form.check(sent.answers)
        errors = [
            *time_errors(sent.scan_id, sent.at, now, self._retention),
            *seat_error(seat),
            *door.tenant_error(sent.tenant, required=False, offline=sent.at is not None),
            *(error for error in wrong if error.code != "required"),
        ]
        if sum(way is not None for way in (sent.token, sent.person, person_id)) != 1:
            errors.append(wrong_field("token", "one_of", "请扫对方的码，或填写证件。", "Give a token, or a person."))
        if errors:
            raise invalid(*errors)
        measured = None if sent.celsius is None else temperature.checked(sent.celsius, confirmed=sent.confirmed)
        if sent.token is not None:
            person_id = await self._holder(sent.token, sent, now)
        elif sent.person is not None:
            person_id = await people.enter(self._identity, self._keys, scope, account_id, sent.person)
        assert person_id is not None
        content = content_of(
            person_id, door, answers, seat, measured and measured.celsius, *filter(None, [sent.tenant])
        )
        arrival = Arrival(
            person_id,
            None,
            sent.scan_id,
            door,
            answers,
            (sent.at or now).astimezone(UTC),
            sent.at is not None,
            "gate",
            account_id,
            content,
            seat,
            sent.tenant,
            measured,
        )
        return answer(sent.scan_id, door, await self._lane.submit(arrival), language)

    async def show(self, scope: Scope, checkpoint_id: int, token: str, language: Language) -> GatePerson:
        """Who shows a code, and what this door would reuse and say about them. Recorded: it is a look at a person."""
        checkpoint = await venues.find_checkpoint(self._db, scope, checkpoint_id)
        now = clock_now()
        return await self._shown(scope, checkpoint, await self._holder(token, None, now), now, language)

    async def show_family(self, scope: Scope, checkpoint_id: int, token: str, language: Language) -> GateFamily:
        """The same of everybody in one code."""
        checkpoint = await venues.find_checkpoint(self._db, scope, checkpoint_id)
        now = clock_now()
        group = await self._reader.group(token, now)
        return GateFamily([await self._shown(scope, checkpoint, one, now, language) for one in group])

    async def _shown(
        self, scope: Scope, checkpoint: StoredCheckpoint, person_id: int, now: datetime, language: Language
    ) -> GatePerson:
        door = await self._doors.find(checkpoint.code) if checkpoint.open else None
        async with self._lane_db.transaction() as conn:
            person = (await store.lane_people(conn, [person_id]))[person_id]
            hold = worst_active((await codes.lane_holds(conn, [person_id], now)).get(person_id, ()), now)
            readings = (await store.lane_readings(conn, [person_id], now, now)).get(person_id, [])
            known = await evidence.lane_known(conn, person_id, now) if door and door.requires else []
        reading = still_valid(readings, now, checkpoint.temperature_valid_min or 0)
        shown = None
        async with scoped(self._db, scope) as own_part:
            if reading:
                place = await venues_store.find_checkpoint(scope, own_part, reading.checkpoint_id)
                shown = ShownTemperature(reading.celsius, reading.at, place.name if place else None, True)
            await audit.record(scope, own_part, "gate.resolve", f"person:{person_id}", checkpoint=checkpoint.id)
        name = mask_name(self._keys.decrypt(person.name, f"people.name:{person_id}"))
        missing = told(lacks(door.requirements, known, now), language, door.site) if door else ""
        return GatePerson(person_id, name, shown, shown_hold(hold, language), missing)

    async def _holder(self, token: str, sent: GateScan | None, now: datetime) -> int:
        """The person whose code it is. A scan that is sent again, or later, counts as of when it was made."""
        if token.startswith(PREFIX):
            group = await self._reader.group(token, (sent.at or uuid7_time(sent.scan_id)) if sent else now)
            if sent is None or sent.member is None:
                return group[0]
            if sent.member not in group:
                raise invalid(
                    wrong_field("member", "unknown", "此人不在这个码里。", "This person is not in this code.")
                )
            return sent.member
        holder = own.holder(self._keys, token, now)
        if holder is None and sent is not None:
            holder = own.holder(self._keys, token, sent.at or uuid7_time(sent.scan_id))
        if holder is None:
            raise CODE_EXPIRED()
        async with self._lane_db.transaction() as conn:
            person = (await store.lane_people(conn, [holder.person_id])).get(holder.person_id)
        if person is None or person.epoch != holder.epoch:
            raise CODE_EXPIRED()
        return holder.person_id
