"""Taking a reading: whose it is, and what follows.

With a person's code it is that person's. Without, it belongs to whoever has waited longest for a temperature at this checkpoint;
where nobody waits it is kept for half a minute for the next scan there (people measure first as often as they scan first).
"""

import asyncio
import contextlib
import math
from datetime import datetime, timedelta

import structlog

from lianfang.devices import store
from lianfang.devices.model import DeviceSession, Reading, ReadingTaken, State
from lianfang.devices.problems import READING_CHANGED
from lianfang.devices.store import ReadingRow
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import UNAVAILABLE, Connection, Database
from lianfang.kit.errors import invalid, wrong_field
from lianfang.visits import measure
from lianfang.visits.feed import Bell
from lianfang.visits.measure import Came, Taken
from lianfang.visits.ringer import Ringer
from lianfang.visits.temperature import COLD, HOT
from lianfang.visits.times import AHEAD, version_error

log = structlog.get_logger(__name__)

KEPT = timedelta(seconds=30)
LATE = timedelta(minutes=2)  # a device that was offline tells of people who are through the door


class Thermometers:
    """Where readings are taken, in a web process. It waits with an open reading for the next scan at its checkpoint."""

    def __init__(self, lane_db: Database, keys: Keys, ringer: Ringer, bell: Bell, fever_celsius: float) -> None:
        self._lane_db = lane_db
        self._keys = keys
        self._ringer = ringer
        self._bell = bell
        self._fever = fever_celsius
        self._keeping: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        """Lets go of open readings."""
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)

    async def take(self, device: DeviceSession, sent: Reading) -> ReadingTaken:
        """Stores a reading, once, and uses it where somebody needs it."""
        now = clock_now()
        celsius = _checked(sent, now)
        plausible = COLD <= celsius < HOT
        came: Came | None = None
        async with self._lane_db.transaction() as conn:
            first: State = "open" if plausible else "questioned"
            if not await store.lane_insert(conn, device, sent.id, celsius, sent.at, now, first):
                return await self._again(conn, device, sent, celsius)
            state = first
            # a late reading is nobody's at the door: it only tells how the thermometer does
            if plausible and (sent.token or sent.at > now - LATE):
                row = ReadingRow(sent.id, device.id, device.ord, device.checkpoint_id, celsius, sent.at, "open")
                came = await self._claim(conn, row, sent.token, now)
                state = "used" if came else "open"
        if came:
            measure.ring(self._ringer, device.checkpoint_id, came)
        elif state == "open" and sent.at > now - LATE:
            task = asyncio.create_task(self._keep(device.checkpoint_id))
            self._keeping.add(task)
            task.add_done_callback(self._keeping.discard)
        return ReadingTaken(sent.id, state, plausible and celsius >= self._fever)

    async def _again(self, conn: Connection, device: DeviceSession, sent: Reading, celsius: float) -> ReadingTaken:
        row = await store.lane_find(conn, device.id, sent.id)
        assert row is not None
        if (row.celsius, row.at) != (celsius, sent.at):
            raise READING_CHANGED()
        return ReadingTaken(row.id, row.state, row.state != "questioned" and row.celsius >= self._fever)

    async def _claim(self, conn: Connection, row: ReadingRow, token: str | None, now: datetime) -> Came | None:
        """Gives the reading to its person; None where there is nobody."""
        if token:
            person_id = await measure.holder(conn, self._keys, token, row.at)
            waiting = await measure.waiting_of(conn, person_id, row.checkpoint_id, now)
        else:
            waiting = await measure.oldest_waiting(conn, row.checkpoint_id, now)
            if waiting is None:
                return None
            person_id = waiting.person_id
        await store.lane_used(conn, row.device_id, row.id)
        taken = Taken(row.id, row.celsius, row.at, row.device_id, row.checkpoint_id, row.ord)
        return await measure.measure(conn, self._keys, taken, person_id, waiting, fever=self._fever, now=now)

    async def _keep(self, checkpoint_id: int) -> None:
        """Until somebody scans at the checkpoint, or half a minute is over."""
        with self._bell.watch(checkpoint_id) as rung, contextlib.suppress(TimeoutError):
            rung.set()  # the first look is for a scan that came while the reading was written
            async with asyncio.timeout(KEPT.total_seconds()):
                while not self._bell.closed:
                    await rung.wait()
                    rung.clear()
                    with contextlib.suppress(*UNAVAILABLE):
                        if await self._match(checkpoint_id):
                            return

    async def _match(self, checkpoint_id: int) -> bool:
        """Whether nothing is left to wait for: the oldest open reading has found its person, or there is none."""
        now = clock_now()
        came = None
        async with self._lane_db.transaction() as conn:
            row = await store.lane_open(conn, checkpoint_id, now - KEPT)
            if row is not None:
                came = await self._claim(conn, row, None, now)
        if came:
            measure.ring(self._ringer, checkpoint_id, came)
        return row is None or came is not None


def _checked(sent: Reading, now: datetime) -> float:
    """To a tenth of a degree, half a tenth upwards as the database rounds."""
    errors = []
    if error := version_error("id", sent.id):
        errors.append(error)
    if sent.at > now + AHEAD:
        errors.append(
            wrong_field("at", "future", "时间在未来，请校准设备时钟。", "at lies in the future; check the clock.")
        )
    if not (math.isfinite(sent.celsius) and 0 <= sent.celsius <= 100):
        errors.append(
            wrong_field("celsius", "range", "体温应以摄氏度表示。", "Give the temperature in degrees Celsius.")
        )
    if errors:
        raise invalid(*errors)
    return math.floor(sent.celsius * 10 + 0.5) / 10
