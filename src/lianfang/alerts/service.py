"""Verbs: list, count and take on fevers; who is told of them."""

from lianfang.access.scope import Scope, scoped
from lianfang.access.throttle import Limit, spend
from lianfang.alerts import store, tell
from lianfang.alerts.model import (
    Acknowledged,
    Acknowledgement,
    Alert,
    Contact,
    Filter,
    NewContact,
)
from lianfang.alerts.problems import ALREADY_ACKNOWLEDGED, TOO_MANY_CONTACTS
from lianfang.alerts.store import AlertRow, ContactRow
from lianfang.audit import store as audit
from lianfang.config import Settings
from lianfang.kit import identifiers, ids
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, invalid, wrong_field
from lianfang.kit.identifiers import mask_phone
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.notices import wecom
from lianfang.organisations import store as organisations
from lianfang.organisations.model import Place
from lianfang.people import store as people
from lianfang.people.model import StoredPerson, masked, unlock

NEWEST = (1 << 63) - 1
CONTACTS_MAX = 20
TESTS_PER_ACCOUNT = Limit("alert tests by account", 20, tell.HOUR)
ONLY_OPEN: dict[Filter, bool | None] = {"open": True, "acknowledged": False, "all": None}


async def list_alerts(
    db: Database,
    keys: Keys,
    scope: Scope,
    *,
    unit_id: int | None,
    state: Filter,
    cursor: str | None,
    limit: int | None,
) -> Page[Alert]:
    """Fevers of a unit and everything below it, newest first."""
    size = clamp(limit)
    before = decode_cursor(cursor, tuple[int]) or (NEWEST,)
    async with scoped(db, scope) as conn:
        part = await _part(scope, conn, unit_id)
        rows = await store.latest(part, conn, only_open=ONLY_OPEN[state], before=before[0], limit=size + 1)
        shown = await read(keys, scope, conn, rows)
    return page(shown, size, lambda alert: (alert.id,))


async def count_open(db: Database, scope: Scope) -> int:
    """How many nobody has taken on, in the whole scope."""
    async with scoped(db, scope) as conn:
        return await store.count_open(scope, conn)


async def acknowledge(
    db: Database, keys: Keys, scope: Scope, account_id: int, alert_id: int, request: Acknowledgement
) -> Alert:
    """Takes a fever on. The same account may say so twice; a second one is told who was first."""
    note = request.note.strip()
    if "\0" in note:
        raise invalid(wrong_field("note", "format", "说明含有无法保存的字符。", "The note cannot be stored."))
    locked = keys.encrypt(note, f"fever_alerts.note:{alert_id}") if note else None
    async with scoped(db, scope) as conn:
        done = await store.acknowledge(scope, conn, alert_id, account_id, locked)
        if done:
            await audit.record(scope, conn, "alerts.acknowledge", f"alert:{alert_id}")
        row = await store.find(scope, conn, alert_id)
        if row is None:
            raise NOT_FOUND()
        if not done and row.acknowledged_by_id != account_id:
            raise ALREADY_ACKNOWLEDGED(by=row.acknowledged_by or "—")
        return (await read(keys, scope, conn, [row]))[0]


async def read(keys: Keys, scope: Scope, conn: Connection, rows: list[AlertRow]) -> list[Alert]:
    """The rows with their people, masked."""
    known = await people.find_many(scope, conn, list({row.person_id for row in rows}))
    return [_shown(keys, row, known.get(row.person_id)) for row in rows]


async def list_contacts(db: Database, keys: Keys, scope: Scope, unit_id: int) -> list[Contact]:
    """Who is told of fevers at a unit's doors and below."""
    async with scoped(db, scope) as conn:
        await _place(scope, conn, unit_id)
        return [_contact(keys, row) for row in await store.contacts(scope, conn, unit_id)]


async def add_contact(db: Database, keys: Keys, scope: Scope, unit_id: int, new: NewContact) -> Contact:
    """From now on they are told."""
    target = _target(new)
    label = new.label.strip()
    if not label or "\0" in label:
        raise invalid(wrong_field("label", "empty", "请填写名称。", "Enter a name."))
    async with scoped(db, scope) as conn:
        place = await _place(scope, conn, unit_id)
        if len(await store.contacts(scope, conn, unit_id)) >= CONTACTS_MAX:
            raise TOO_MANY_CONTACTS(max=CONTACTS_MAX)
        contact_id = await store.reserve_contact_id(scope, conn)
        await store.insert_contact(
            scope,
            conn,
            contact_id,
            unit_id=unit_id,
            ord=place.lo,
            label=label,
            channel=new.channel,
            target=keys.encrypt(target, tell.target_place(contact_id)),
            language=new.speaks,
        )
        await audit.record(scope, conn, "alerts.add_contact", f"unit:{unit_id}", channel=new.channel)
        row = await store.find_contact(scope, conn, contact_id)
    assert row is not None
    return _contact(keys, row)


async def remove_contact(db: Database, scope: Scope, contact_id: int) -> None:
    """They are told no more; what is on its way still arrives."""
    async with scoped(db, scope) as conn:
        row = await store.find_contact(scope, conn, contact_id)
        if row is None or not await store.delete_contact(scope, conn, contact_id):
            raise NOT_FOUND()
        await audit.record(scope, conn, "alerts.remove_contact", f"unit:{row.unit_id}", channel=row.channel)


async def test_contact(
    db: Database, identity: Database, keys: Keys, settings: Settings, scope: Scope, account_id: int, contact_id: int
) -> None:
    """Sends a message that says it is a test, so that nobody finds out at the first fever that the robot is gone."""
    async with scoped(db, scope) as conn:
        row = await store.find_contact(scope, conn, contact_id)
    if row is None:
        raise NOT_FOUND()
    await spend(identity, keys, TESTS_PER_ACCOUNT, str(account_id))
    async with identity.transaction() as conn:
        await tell.post_test(conn, keys, settings, row, clock_now())
        await audit.record(scope, conn, "alerts.test_contact", f"unit:{row.unit_id}", channel=row.channel)


async def _place(scope: Scope, conn: Connection, unit_id: int) -> Place:
    place = await organisations.find_place(scope, conn, unit_id)
    if place is None:
        raise NOT_FOUND()
    return place


async def _part(scope: Scope, conn: Connection, unit_id: int | None) -> Scope:
    """The scope, or the part of it below a unit."""
    if unit_id is None:
        return scope
    place = await _place(scope, conn, unit_id)
    return scope.narrowed(place.lo, place.hi)


def _target(new: NewContact) -> str:
    """The normalised number, or the robot's key."""
    if new.channel == "wecom":
        if key := wecom.robot_key(new.target):
            return key
        raise invalid(
            wrong_field(
                "target",
                "format",
                "请粘贴企业微信群机器人的 Webhook 地址。",
                "Paste the webhook address of a WeCom group robot.",
            )
        )
    try:
        return identifiers.phone(new.target)
    except identifiers.IdentifierError:
        raise invalid(
            wrong_field("target", "format", "请填 11 位手机号码。", "Enter an 11-digit mobile number.")
        ) from None


def _contact(keys: Keys, row: ContactRow) -> Contact:
    target = keys.decrypt(row.target, tell.target_place(row.id))
    hidden = mask_phone(target) if row.channel == "sms" else f"…{target[-4:]}"
    return Contact(row.id, row.unit_id, row.label, row.channel, hidden, row.language, row.created_at)


def _shown(keys: Keys, row: AlertRow, person: StoredPerson | None) -> Alert:
    acknowledged = None
    if row.acknowledged_at:
        note = keys.decrypt(row.note, f"fever_alerts.note:{row.id}") if row.note else ""
        acknowledged = Acknowledged(row.acknowledged_at, row.acknowledged_by or "", note)
    return Alert(
        id=row.id,
        checkpoint_id=row.checkpoint_id,
        checkpoint=row.checkpoint,
        unit_id=row.unit_id,
        unit=row.unit,
        person=masked(unlock(keys, person)).name if person else "",
        scan_id=row.scan_id,
        serial=ids.serial(row.scan_id) if row.scan_id else None,
        celsius=row.celsius,
        at=row.at,
        recorded_at=row.recorded_at,
        reused=row.reused,
        acknowledged=acknowledged,
    )
