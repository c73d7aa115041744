"""Who sees and changes what, through HTTP: one's own unit and what is below it, and nothing else."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import psycopg
import pytest

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from tests.support.house import Client, House
from tests.support.people import somebody
from tests.support.story import ACCOUNT, CHICHENG, DIAOE, DOOR_OF, DOORS, LONGGUAN, XIWANZI, YIJIE, Unit
from tests.support.visits import Visit, add_people, add_visits

WATCHED = (CHICHENG, LONGGUAN, YIJIE, DIAOE, XIWANZI)
LOOKERS = ("zhangjiakou", "chicheng", "longguan", "yijie", "chongli")
ADMIN_OF = {account.unit: account for account in ACCOUNT.values() if account.role == "admin"}


def at_or_below(top: Unit) -> set[str]:
    """By the parents' links, not by intervals, which are what is tested."""

    def climbs_to_top(unit: Unit | None) -> bool:
        return unit is not None and (unit is top or climbs_to_top(unit.parent))

    return {unit.name for unit in WATCHED if climbs_to_top(unit)}


class World:
    """A visit at every door, each by a person who has been nowhere else."""

    def __init__(self, owner: psycopg.Connection, keys: Keys) -> None:
        self.owner = owner
        self.residents = {door.unit: somebody() for door in DOORS}
        people = add_people(owner, keys, list(self.residents.values()))
        self.visits = {door.unit: Visit(person, door, now()) for door, person in zip(DOORS, people, strict=True)}
        add_visits(owner, keys, self.visits.values())
        for unit in WATCHED:
            owner.execute(
                "INSERT INTO audit_log (ord, actor, action, subject, detail) VALUES (%s, 'staff:1', 'made.up', %s, '{}')",
                [unit.lo, unit.name],
            )


@pytest.fixture
def world(cast: psycopg.Connection, keys: Keys) -> World:
    return World(cast, keys)


@pytest.fixture
async def unbound(migrated: str) -> AsyncIterator[Database]:
    database = Database(migrated, size=2)
    await database.open()
    yield database
    await database.close()


Look = Callable[[Client, World, Unit], Awaitable[bool]]


def found(status: int) -> bool:
    """200, 201 or 204: yes; 404: no. Anything else is a mistake."""
    assert status in (200, 201, 204, 404), status
    return status != 404


async def unit_by_id(client: Client, world: World, unit: Unit) -> bool:
    return found((await client.get(f"/units/{unit.id}")).status_code)


async def unit_by_search(client: Client, world: World, unit: Unit) -> bool:
    return unit.id in [item["id"] for item in await client.pages("/units", q=unit.name)]


async def children_of_its_parent(client: Client, world: World, unit: Unit) -> bool:
    assert unit.parent
    children = [item["id"] for item in await client.pages("/units", parent_id=unit.parent.id)]
    own = [item["id"] for item in await client.pages("/units")]
    return unit.id in children + own


async def renaming_it(client: Client, world: World, unit: Unit) -> bool:
    return found((await client.patch(f"/units/{unit.id}", {"name": unit.name + "甲"})).status_code)


async def creating_a_unit_below_it(client: Client, world: World, unit: Unit) -> bool:
    body = {"parent_id": unit.id, "name": f"{client.id} 的院子", "level": "unit"}
    return found((await client.post("/units", body)).status_code)


async def listed_accounts(client: Client, world: World, unit: Unit) -> bool:
    return ADMIN_OF[unit].id in [item["id"] for item in await client.pages("/staff")]


async def accounts_of_the_unit(client: Client, world: World, unit: Unit) -> bool:
    return found((await client.get("/staff", unit_id=unit.id)).status_code)


async def changing_its_admin(client: Client, world: World, unit: Unit) -> bool:
    return found((await client.patch(f"/staff/{ADMIN_OF[unit].id}", {"display_name": "某人"})).status_code)


async def creating_an_account_there(client: Client, world: World, unit: Unit) -> bool:
    body = {"unit_id": unit.id, "username": f"new{client.id}-{unit.id}", "display_name": "某人", "role": "clerk"}
    return found((await client.post("/staff", body)).status_code)


async def listed_checkpoints(client: Client, world: World, unit: Unit) -> bool:
    return DOOR_OF[unit].id in [item["id"] for item in await client.pages("/checkpoints")]


async def checkpoints_of_the_unit(client: Client, world: World, unit: Unit) -> bool:
    return found((await client.get("/checkpoints", unit_id=unit.id)).status_code)


async def checkpoint_by_id(client: Client, world: World, unit: Unit) -> bool:
    return found((await client.get(f"/checkpoints/{DOOR_OF[unit].id}")).status_code)


async def picture_of_its_code(client: Client, world: World, unit: Unit) -> bool:
    svg = await client.get(f"/checkpoints/{DOOR_OF[unit].id}/qr.svg")
    png = await client.get(f"/checkpoints/{DOOR_OF[unit].id}/qr.png")
    assert svg.status_code == png.status_code
    return found(svg.status_code)


async def changing_its_checkpoint(client: Client, world: World, unit: Unit) -> bool:
    return found((await client.patch(f"/checkpoints/{DOOR_OF[unit].id}", {"address": "东街"})).status_code)


async def replacing_its_code(client: Client, world: World, unit: Unit) -> bool:
    return found((await client.post(f"/checkpoints/{DOOR_OF[unit].id}/code")).status_code)


async def creating_a_checkpoint_there(client: Client, world: World, unit: Unit) -> bool:
    body = {"unit_id": unit.id, "name": "新门", "category": "shop", "template_id": 2}
    return found((await client.post("/checkpoints", body)).status_code)


async def creating_a_template_there(client: Client, world: World, unit: Unit) -> bool:
    body = {"unit_id": unit.id, "name": f"{client.id} 的表", "name_en": "form", "fields": []}
    return found((await client.post("/templates", body)).status_code)


async def watched_gates(client: Client, world: World, unit: Unit) -> bool:
    return DOOR_OF[unit].id in [item["id"] for item in await client.pages("/gate/checkpoints")]


async def last_visits_at_its_gate(client: Client, world: World, unit: Unit) -> bool:
    return found((await client.get(f"/gate/{DOOR_OF[unit].id}/recent")).status_code)


async def live_events_of_its_gate(client: Client, world: World, unit: Unit) -> bool:
    async with client.stream(f"/gate/{DOOR_OF[unit].id}/events") as stream:
        return found(stream.status)


async def records(client: Client, world: World, unit: Unit, **filter: object) -> bool:
    items = (await client.post("/records/search", filter)).json()["items"]
    count = (await client.post("/records/count", filter)).json()["count"]
    assert count == len(items)
    return str(world.visits[unit].scan_id) in [item["scan_id"] for item in items]


async def records_by_checkpoint(client: Client, world: World, unit: Unit) -> bool:
    return await records(client, world, unit, checkpoint_id=DOOR_OF[unit].id)


async def records_by_document(client: Client, world: World, unit: Unit) -> bool:
    return await records(client, world, unit, document=world.residents[unit].document)


async def records_by_phone(client: Client, world: World, unit: Unit) -> bool:
    return await records(client, world, unit, phone=world.residents[unit].phone)


async def records_of_the_unit(client: Client, world: World, unit: Unit) -> bool:
    return found((await client.post("/records/search", {"unit_id": unit.id})).status_code)


async def opening_a_record(client: Client, world: World, unit: Unit) -> bool:
    visit = world.visits[unit]
    key = {"person_id": visit.person_id, "scan_id": str(visit.scan_id), "purpose": "核对登记"}
    return found((await client.post("/records/detail", key)).status_code)


async def exporting_the_unit(client: Client, world: World, unit: Unit) -> bool:
    body = {"unit_id": unit.id, "format": "csv", "purpose": "核对登记"}
    return found((await client.post("/records/export", body)).status_code)


async def rows_of_an_export(client: Client, world: World, unit: Unit) -> bool:
    answer = await client.post("/records/export", {"format": "csv", "purpose": "核对登记"})
    return str(world.visits[unit].scan_id) in answer.text


async def dashboard_of_the_unit(client: Client, world: World, unit: Unit) -> bool:
    return found((await client.get("/dashboard", unit_id=unit.id)).status_code)


async def audit_entries(client: Client, world: World, unit: Unit) -> bool:
    return unit.name in [item["subject"] for item in await client.pages("/audit") if item["action"] == "made.up"]


LOOKS: tuple[Look, ...] = (
    unit_by_id,
    unit_by_search,
    children_of_its_parent,
    creating_a_unit_below_it,
    listed_accounts,
    accounts_of_the_unit,
    changing_its_admin,
    listed_checkpoints,
    checkpoints_of_the_unit,
    checkpoint_by_id,
    picture_of_its_code,
    changing_its_checkpoint,
    replacing_its_code,
    creating_a_checkpoint_there,
    creating_a_template_there,
    watched_gates,
    last_visits_at_its_gate,
    live_events_of_its_gate,
    records,
    records_by_checkpoint,
    records_by_document,
    records_by_phone,
    records_of_the_unit,
    opening_a_record,
    exporting_the_unit,
    rows_of_an_export,
    dashboard_of_the_unit,
    audit_entries,
    renaming_it,
)


@pytest.mark.parametrize("looks", LOOKS, ids=lambda look: look.__name__)
async def test_an_account_reaches_its_own_unit_and_what_is_below_it_and_nothing_else(
    house: House, world: World, looks: Look
) -> None:
    for username in LOOKERS:
        client = await house.staff(username)
        reached = {unit.name for unit in WATCHED if await looks(client, world, unit)}
        assert reached == at_or_below(ACCOUNT[username].unit), f"{username}: {looks.__name__}"


@pytest.mark.parametrize("looks", LOOKS, ids=lambda look: look.__name__)
async def test_the_scope_argument_alone_keeps_to_the_same(
    house: House, world: World, unbound: Database, looks: Look
) -> None:
    """With row-level security out of the way: as a database superuser, whom no policy binds."""
    object.__setattr__(house.services.db, "app", unbound)
    for username in ("longguan", "chongli"):
        client = await house.staff(username)
        reached = {unit.name for unit in WATCHED if await looks(client, world, unit)}
        assert reached == at_or_below(ACCOUNT[username].unit), f"{username}: {looks.__name__}"


async def test_accounts_are_created_in_the_own_unit_and_below(house: House) -> None:
    """Apart from the others, because each new password costs a tenth of a second."""
    client = await house.staff("longguan")
    reached = {unit.name for unit in WATCHED if await creating_an_account_there(client, None, unit)}  # type: ignore[arg-type]
    assert reached == {"龙关镇", "一街村"}


async def test_a_refused_change_changes_nothing(house: House, world: World) -> None:
    client = await house.staff("diaoe")
    before = rows(world.owner)
    for change in (
        renaming_it,
        changing_its_admin,
        changing_its_checkpoint,
        replacing_its_code,
        creating_a_unit_below_it,
    ):
        assert not await change(client, world, LONGGUAN)
    assert rows(world.owner) == before


def rows(owner: psycopg.Connection) -> list[object]:
    tables = ("units", "staff_accounts", "checkpoints", "checkpoint_codes", "templates")
    found: list[object] = []
    for table in tables:
        columns = "id, display_name, role, disabled" if table == "staff_accounts" else "*"
        found += owner.execute(f"SELECT {columns} FROM {table} ORDER BY 1".encode()).fetchall()
    return found


async def test_the_way_to_a_unit_begins_at_the_readers_own(house: House) -> None:
    client = await house.staff("longguan")
    way = (await client.get(f"/units/{YIJIE.id}")).json()["path"]
    assert [step["name"] for step in way] == ["龙关镇", "一街村"]


async def test_what_is_outside_looks_like_what_does_not_exist(house: House, world: World) -> None:
    client = await house.staff("longguan")
    paths = (f"/units/{DIAOE.id}", f"/checkpoints/{DOOR_OF[DIAOE].id}", f"/gate/{DOOR_OF[DIAOE].id}/recent")
    for path in paths:
        outside = await client.get(path)
        nowhere = await client.get(re.sub(r"\d+", "987654", path))
        assert outside.status_code == 404
        assert (outside.status_code, outside.json()) == (nowhere.status_code, nowhere.json())
