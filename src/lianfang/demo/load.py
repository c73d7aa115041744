"""Puts the story into an empty installation, through the rooms' own stores, in seconds."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import time
from uuid import UUID

import msgspec

from lianfang.access.scope import LAST, Scope, scoped
from lianfang.bootstrap import Databases
from lianfang.codes.derive import recolour
from lianfang.demo import works
from lianfang.demo.areas import add_areas
from lianfang.demo.devices import add_devices
from lianfang.demo.model import Story, Visit
from lianfang.demo.story import SIGN_IN, accounts, tell
from lianfang.demo.tower import add_tenants
from lianfang.evidence.model import Kind, NewEvidence
from lianfang.evidence.store import worker_insert
from lianfang.kit import ids
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys, digest
from lianfang.kit.db import Database, fetch_value
from lianfang.kit.sql import Queries
from lianfang.organisations import store as units
from lianfang.organisations.places import allocate, spread
from lianfang.people import store as people
from lianfang.resumption import form as reports
from lianfang.staff import passwords
from lianfang.staff import store as staff
from lianfang.staff.service import add_account
from lianfang.vehicles import store as vehicles
from lianfang.vehicles.model import Boarding, VehicleChange
from lianfang.venues import store as venues
from lianfang.venues.model import Field
from lianfang.visits import store as visits
from lianfang.visits.batch import alert_of
from lianfang.visits.rows import NewTemperature, NewVisit

Q = Queries(__package__)
SCOPE = Scope.system("demo")
BUSES = 3
DOOR_REF = "demo:door"
PEOPLE_CHUNK, VISITS_CHUNK = 1000, 4000


class InterruptedLoadError(RuntimeError):
    """演示数据上次没有载入完整，请删除数据目录（var）后重新运行。· The demo was interrupted while it was loaded: delete the data
    directory (var) and run it again."""

    def __str__(self) -> str:
        return " ".join((self.__doc__ or "").split())


async def load(db: Databases, keys: Keys, begins: Callable[[], None] = lambda: None) -> bool:
    """Loads the story if there is no unit yet; whether it did. `begins` is called when it has something to do."""
    async with scoped(db.app, SCOPE) as conn:
        if await units.last_root(SCOPE, conn):
            if await fetch_value(conn, Q.anybody) is None:
                raise InterruptedLoadError()
            return False
    begins()
    story = tell(clock_now())
    places = await _units(db.app, story)
    checkpoint_ids, template_ids = await _checkpoints(db.app, story, places)
    await _buses(db.app, story, places, checkpoint_ids)
    person_ids = await _people(db.identity, keys, story)
    hold_ids = await _holds(db.worker, story, person_ids)
    tenants = await add_tenants(db.app, SCOPE, checkpoint_ids[story.tower])
    await _visits(db.lane, keys, story, places, checkpoint_ids, template_ids, person_ids, hold_ids, tenants)
    county = places[next(unit.key for unit in story.units if unit.level == "county" and unit.name == "赤城县")]
    await add_areas(db.app, Scope("system:demo", "system", county.lo, county.hi))
    await add_devices(db, keys, SCOPE, checkpoint_ids[story.door], clock_now())
    company = places[next(unit.key for unit in story.units if unit.name.endswith("建材有限公司"))]
    await works.load(db, keys, story, company.id, company.lo, person_ids, clock_now())
    # the accounts last: whoever can sign in finds everything there
    hashed = await passwords.hash_password(story.password)
    for account in story.accounts:
        await add_account(
            db.app,
            SCOPE,
            unit_id=places[account.unit_key].id,
            username=account.username,
            display_name=account.display_name,
            role=account.role,
            password_hash=hashed,
            must_change=False,
        )
    return True


def sign_ins() -> list[tuple[str, str, str, str, str]]:
    """(username, password, role, title, title in English) of the accounts that the demo's login page offers."""
    return [(a.username, SIGN_IN, a.role, a.title_zh, a.title_en) for a in accounts("", "")]


async def known_passwords(identity: Database) -> list[str]:
    """Accounts that everybody who has read this can sign in to: the demo's, with the demo's password."""
    found = []
    for username, password, *_ in sign_ins():
        async with identity.transaction() as conn:
            secrets = await staff.identity_find_login(conn, username)
        if secrets is not None and not secrets.disabled and await passwords.verify(secrets.password_hash, password):
            found.append(username)
    return found


async def door_path(lane: Database) -> str | None:
    """The link of the door that the demo shows first."""
    async with lane.transaction() as conn:
        code = await fetch_value(conn, Q.lane_door, {"ref": DOOR_REF})
    return f"/v/{code}" if code else None


class Placed(msgspec.Struct, frozen=True):
    id: int
    lo: int
    hi: int


async def _units(app: Database, story: Story) -> dict[str, Placed]:
    children: dict[str, list[str]] = defaultdict(list)
    for unit in story.units:
        if unit.parent_key:
            children[unit.parent_key].append(unit.key)
    roots = [unit.key for unit in story.units if unit.parent_key is None]
    intervals: dict[str, tuple[int, int]] = {}
    for root, (lo, hi) in zip(roots, allocate(0, LAST - 1, None, children=len(roots)), strict=True):
        intervals |= spread(root, children, lo, hi)
    async with scoped(app, SCOPE) as conn:
        reserved = await units.reserve_ids(SCOPE, conn, len(story.units))
        unit_ids = {unit.key: unit_id for unit, unit_id in zip(story.units, reserved, strict=True)}
        rows: list[units.Row] = [
            (
                unit_ids[unit.key],
                unit_ids[unit.parent_key] if unit.parent_key else None,
                unit.code.ljust(12, "0") if unit.code else None,
                unit.name,
                unit.level,
                *intervals[unit.key],
            )
            for unit in story.units
        ]
        await units.insert_many(SCOPE, conn, rows)
    return {key: Placed(unit_ids[key], *interval) for key, interval in intervals.items()}


async def _checkpoints(app: Database, story: Story, places: dict[str, Placed]) -> tuple[dict[int, int], dict[str, int]]:
    """index → checkpoint id, key → template id"""
    by_unit: dict[str, list[int]] = defaultdict(list)
    for index, checkpoint in enumerate(story.checkpoints):
        by_unit[checkpoint.unit_key].append(index)
    root = next(unit for unit in story.units if unit.parent_key is None)
    found: dict[int, int] = {}
    template_ids: dict[str, int] = {}
    async with scoped(app, SCOPE) as conn:
        owner = await units.find_place(SCOPE, conn, places[root.key].id)
        assert owner is not None
        for template in story.templates:
            fields = msgspec.convert(msgspec.to_builtins(template.fields), list[Field])
            stored = await venues.insert_template(
                SCOPE, conn, place=owner, name=template.name, name_en=template.name_en, fields=fields
            )
            template_ids[template.key] = stored.id
        await venues.insert_template(
            SCOPE, conn, place=owner, name=reports.NAME, name_en=reports.NAME_EN, fields=list(reports.FIELDS)
        )
        for key, indexes in by_unit.items():
            refs = {index: DOOR_REF if index == story.door else f"demo:{index}" for index in indexes}
            rows = [
                venues.NewRow(
                    c.name,
                    c.category,
                    template_ids[c.template_key],
                    c.address,
                    c.lat,
                    c.lon,
                    refs[index],
                    c.temperature_valid_min,
                    c.review,
                    c.checkout,
                    c.test_hours,
                    c.doses,
                    c.risk_days,
                )
                for index in indexes
                for c in [story.checkpoints[index]]
            ]
            new_codes = [ids.code() for _ in rows]
            place = places[key]
            created = await venues.insert_checkpoints(
                SCOPE, conn, unit_id=place.id, ord=place.lo, rows=rows, codes=new_codes
            )
            by_ref = {ref: checkpoint_id for checkpoint_id, ref in created}
            found |= {index: by_ref[ref] for index, ref in refs.items()}
    return found, template_ids


async def _buses(app: Database, story: Story, places: dict[str, Placed], checkpoint_ids: dict[int, int]) -> None:
    """The first buses of the county carry people to work and home."""
    buses = [index for index, checkpoint in enumerate(story.checkpoints) if checkpoint.category == "vehicle"]
    table = [Boarding("outbound", time(6, 30), time(9, 30)), Boarding("inbound", time(16, 30), time(19, 30))]
    async with scoped(app, SCOPE) as conn:
        for number, index in enumerate(buses[:BUSES], 1):
            place = places[story.checkpoints[index].unit_key].lo
            row = vehicles.VehicleRow(checkpoint_ids[index], place, "", "", "", "", None)
            change = VehicleChange(f"通勤 {number} 线", f"冀G{number:04d}8", 45, table)
            await vehicles.put_vehicle(SCOPE, conn, row, change)


async def _people(identity: Database, keys: Keys, story: Story) -> list[int]:
    """Person ids in the story's order."""
    now = clock_now()
    indexes = [people.document_index(keys, p.document_type, p.document_number) for p in story.people]
    async with identity.transaction() as conn:
        for start in range(0, len(story.people), PEOPLE_CHUNK):
            chunk = story.people[start : start + PEOPLE_CHUNK]
            new = [
                people.NewPerson(p.document_type, p.document_number, p.name, p.phone, now)  # type: ignore[arg-type]
                for p in chunk
            ]
            await people.identity_insert(conn, keys, new)
        known = await people.identity_known_documents(conn, indexes)
    return [known[index] for index in indexes]


# what the CDC and the hospital tell, of which the rules make the story's holds
_TOLD: dict[str, tuple[Kind, str, str]] = {
    "companion": ("contact_order", "companion", "赤城县疾控中心"),
    "confirmed_case": ("diagnosis", "confirmed", "赤城县人民医院"),
}


async def _holds(worker: Database, story: Story, person_ids: list[int]) -> list[int]:
    """Evidence in, holds out, by the plan that is in force; the holds in the story's order."""
    told = [(person_ids[hold.person], hold.rule, hold.starts) for hold in story.holds]
    evidence = [
        NewEvidence(person_id=person_id, kind=kind, at=at, result=result, source=source, provenance="feed:demo")
        for person_id, rule, at in told
        for kind, result, source in [_TOLD[rule]]
    ]
    async with worker.transaction() as conn:
        await worker_insert(conn, evidence)
    await recolour(worker)
    async with worker.transaction() as conn:
        rows = await conn.execute(Q.worker_holds)
        found = {(person_id, rule): hold_id for person_id, rule, hold_id in await rows.fetchall()}
    return [found[person_id, rule] for person_id, rule, _ in told]


async def _visits(
    lane: Database,
    keys: Keys,
    story: Story,
    places: dict[str, Placed],
    checkpoint_ids: dict[int, int],
    template_ids: dict[str, int],
    person_ids: list[int],
    hold_ids: list[int],
    tenants: list[int],
) -> None:
    dice = random.Random(story.door)  # noqa: S311  (scan ids of a story)

    known: dict[int, int] = {}

    def tenant_of(visit: Visit) -> int | None:
        """Everybody in the tower goes to one tenant, and every tenant has somebody."""
        if visit.checkpoint != story.tower:
            return None
        return known.setdefault(visit.person, tenants[len(known) % len(tenants)])

    def row(visit: Visit) -> NewVisit:
        checkpoint = story.checkpoints[visit.checkpoint]
        person_id = person_ids[visit.person]
        scan_id = _scan_id(visit, dice)
        answers = msgspec.json.encode(visit.answers)
        return NewVisit(
            person_id=person_id,
            scan_id=scan_id,
            at=visit.at,
            recorded_at=visit.at,
            ord=places[checkpoint.unit_key].lo,
            checkpoint_id=checkpoint_ids[visit.checkpoint],
            template_id=template_ids[checkpoint.template_key],
            hold_id=None if visit.hold is None else hold_ids[visit.hold],
            recorded_by=None,
            verdict=visit.verdict,
            source="resident",
            clock="server",
            reason=visit.reason,
            content=digest(answers),
            answers=keys.encrypt(answers.decode(), f"visits.answers:{person_id}:{scan_id}") if visit.answers else None,
            celsius=visit.celsius,
            celsius_at=visit.celsius_at,
            celsius_checkpoint_id=None
            if visit.celsius_checkpoint is None
            else checkpoint_ids[visit.celsius_checkpoint],
            tenant_id=tenant_of(visit),
        )

    async with lane.transaction() as conn:
        for day in sorted({visit.at.date() for visit in story.visits}):
            await visits.lane_ensure_day(conn, day)
    for chunk in _chunks(story.visits):
        rows = [row(visit) for visit in chunk]
        async with lane.transaction() as conn:
            await visits.lane_insert(conn, rows)
            # what was measured at this door itself, and not before
            measured = [_temperature(r) for r in rows if r.celsius_at and r.celsius_at > r.at]
            await visits.lane_insert_temperatures(conn, measured)
            fevers = [
                msgspec.structs.replace(alert_of(r), recorded_at=r.celsius_at) for r in rows if r.reason == "fever"
            ]
            await visits.lane_insert_alerts(conn, fevers)


def _temperature(visit: NewVisit) -> NewTemperature:
    assert visit.celsius is not None
    assert visit.celsius_at is not None
    return NewTemperature(
        person_id=visit.person_id,
        id=visit.scan_id,
        celsius=visit.celsius,
        at=visit.celsius_at,
        ord=visit.ord,
        checkpoint_id=visit.checkpoint_id,
    )


def _scan_id(visit: Visit, dice: random.Random) -> UUID:
    """A UUIDv7 of the visit's time."""
    return UUID(
        int=ids.uuid7_floor(visit.at).int | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62)
    )


def _chunks(story_visits: tuple[Visit, ...]) -> Iterator[tuple[Visit, ...]]:
    for start in range(0, len(story_visits), VISITS_CHUNK):
        yield story_visits[start : start + VISITS_CHUNK]
