"""Doors in memory: what the scan lane knows about a code, without asking the database for each scan."""

import asyncio
import contextlib
import itertools
import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from lianfang.kit.db import UNAVAILABLE, Database
from lianfang.kit.errors import FieldError, invalid, wrong_field
from lianfang.requirements.decide import in_force
from lianfang.requirements.model import NOTHING, Former, Requirements
from lianfang.venues import store
from lianfang.venues.answers import CompiledForm
from lianfang.venues.floors import by_floor
from lianfang.venues.model import Category, Template
from lianfang.venues.problems import CODE_REPLACED, CODE_UNKNOWN, DOOR_CLOSED, version_unknown
from lianfang.venues.store import DoorTenant

KEPT = 100_000
FORMS_KEPT = 10_000
VERSIONS_KEPT = 500
AT_ONCE = 1000
WARMED_AT_ONCE = 200
CODE = re.compile(r"[0-9A-Za-z_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Door:
    """An open checkpoint behind a current code."""

    code: str
    checkpoint_id: int
    name: str
    category: Category
    ord: int
    unit_path: tuple[str, ...]
    template: Template
    form: CompiledForm
    temperature_valid_min: int | None = None
    review: bool = False
    checkout: bool = False
    tenants: dict[int, DoorTenant] = field(default_factory=dict)
    """By id, floor by floor; also those that have left, for scans from before."""
    requirements: Requirements = NOTHING
    former: tuple[Former, ...] = ()
    """What was required before, for scans from then."""
    site: str = ""
    """Where the nearest test can be taken, and how far that is."""
    requires: bool = False
    """Whether a scan here may ask for evidence: now, or in former times."""

    @property
    def waits(self) -> bool:
        """Whether a scan may have to wait for the attendant."""
        return self.review or self.temperature_valid_min is not None

    def requirements_at(self, at: datetime) -> Requirements:
        """What is required of a scan that was made then."""
        return in_force(self.requirements, self.former, at) if self.requires else NOTHING

    @property
    def seats(self) -> bool:
        """Whether it asks where a person sits."""
        return self.category == "vehicle"

    def tenant_error(self, tenant_id: int | None, *, required: bool, offline: bool) -> list[FieldError]:
        """What is wrong with whom somebody says they visit. A scan without a network may name one that has left since."""
        if tenant_id is None:
            if not required or offline or not any(tenant.open for tenant in self.tenants.values()):
                return []
            return [wrong_field("tenant", "required", "请选择去往的单位。", "Please choose whom you visit.")]
        tenant = self.tenants.get(tenant_id)
        if tenant is None:
            zh, en = "这里没有这家单位，请重新选择。", "There is no such tenant here; please choose again."
            return [wrong_field("tenant", "unknown", zh, en)]
        if not (tenant.open or offline):
            zh, en = "“{tenant}”已经搬走，请重新选择。", "“{tenant}” has moved out; please choose again."
            return [wrong_field("tenant", "closed", zh, en, tenant=tenant.name)]
        return []


class Doors:
    """Doors by code, loaded when first asked for and forgotten when they change (NOTIFY lianfang_doors).

    A form's other versions are loaded when a scan names one. They never change, so they are only forgotten for room.
    """

    def __init__(self, lane: Database) -> None:
        self._lane = lane
        self._doors: dict[str, Door] = {}
        self._forms: dict[int, tuple[Template, CompiledForm]] = {}  # a version of a template never changes
        self._wanted: dict[str, asyncio.Future[Door]] = {}
        self._loader: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None
        self._versions: dict[tuple[int, int], tuple[Template, CompiledForm]] = {}
        self._asking = asyncio.Lock()
        self._forgotten = 0  # counts changes: a door read before one and arriving after it is not kept

    def known(self, code: str) -> Door | None:
        """The door if it is in memory."""
        return self._doors.get(code)

    async def find(self, code: str) -> Door:
        """The door; Problem `door_unknown`, `door_code_replaced` or `door_closed`."""
        if door := self._doors.get(code):
            return door
        if not CODE.fullmatch(code):  # what cannot be a code must not spoil the reading of the others
            raise CODE_UNKNOWN()
        wanted = self._wanted.get(code)
        if wanted is None:
            wanted = self._wanted[code] = asyncio.get_running_loop().create_future()
            if self._loader is None or self._loader.done():
                self._loader = asyncio.create_task(self._load_wanted())
        return await asyncio.shield(wanted)

    async def answered(self, door: Door, template_id: int | None) -> Door:
        """The door with the version of its form that was answered; Problem where its form has no such version.

        A phone without a network answers what it knew of the door, and may be heard when the form has changed.
        """
        if template_id is None or template_id == door.template.id:
            return door
        found = await self._version(door, template_id)
        if found is None:  # perhaps this process has not heard yet of what the phone was shown by another one
            self.forget([door.checkpoint_id])
            door = await self.find(door.code)
            if door.template.id == template_id:
                return door
            found = await self._version(door, template_id)
        if found is None:
            raise invalid(version_unknown())
        template, form = found
        return replace(door, template=template, form=form)

    async def start(self) -> None:
        self._warming = asyncio.create_task(self._warm())

    async def stop(self) -> None:
        if self._warming:
            self._warming.cancel()
            await asyncio.wait([self._warming])

    async def _warm(self) -> None:
        """Reads the open doors before they are asked for, as many as are kept: after a start at half past eight everybody
        stands at one. In small parts, beside whatever else goes on; what fails here is read when it is asked for."""
        after = ""
        with contextlib.suppress(*UNAVAILABLE):
            while len(self._doors) < KEPT:
                async with self._lane.transaction() as conn:
                    codes = await store.lane_open_codes(conn, after=after, limit=WARMED_AT_ONCE)
                await self._load([code for code in codes if code not in self._doors])
                if len(codes) < WARMED_AT_ONCE:
                    return
                after = codes[-1]

    def forget(self, checkpoint_ids: Collection[int]) -> None:
        self._forgotten += 1
        for code in [code for code, door in self._doors.items() if door.checkpoint_id in checkpoint_ids]:
            del self._doors[code]

    def forget_all(self) -> None:
        self._forgotten += 1
        self._doors.clear()

    async def _version(self, door: Door, template_id: int) -> tuple[Template, CompiledForm] | None:
        """Another version of the door's form; None: it has no such version."""
        key = (door.template.id, template_id)
        if known := self._versions.get(key):
            return known
        async with self._asking:  # after an outage many phones come with the same old version
            if known := self._versions.get(key):
                return known
            async with self._lane.transaction() as conn:
                template = await store.lane_find_version(conn, *key)
            if template is None:
                return None
            if len(self._versions) >= VERSIONS_KEPT:
                self._versions.pop(next(iter(self._versions)))
            self._versions[key] = template, CompiledForm(template.fields)
            return self._versions[key]

    async def _load_wanted(self) -> None:
        """Those asked for while others are being read are read together: after a start every door is asked for at once."""
        while self._wanted:
            wanted = dict(itertools.islice(self._wanted.items(), AT_ONCE))
            try:
                found = await self._load(wanted)
            except Exception as error:
                found = dict.fromkeys(wanted, error)
            for code, answer in wanted.items():
                del self._wanted[code]
                door = found.get(code) or CODE_UNKNOWN()
                if isinstance(door, Door):
                    answer.set_result(door)
                else:
                    answer.set_exception(door)
                    answer.exception()  # whoever asked may have hung up

    async def _load(self, codes: Collection[str]) -> dict[str, Door | Exception]:
        before = self._forgotten
        async with self._lane.transaction() as conn:
            rows = await store.lane_find_doors(conn, codes)
            paths = await store.lane_unit_paths(conn, {row.ord for row in rows})
            tenants = await store.lane_tenants(conn, {row.checkpoint_id for row in rows})
        found: dict[str, Door | Exception] = {}
        for row in rows:
            if row.replaced:
                found[row.code] = CODE_REPLACED()
            elif not row.open:
                found[row.code] = DOOR_CLOSED()
            else:
                found[row.code] = door = self._door(row, paths[row.ord], tenants.get(row.checkpoint_id, []))
                if self._forgotten == before:
                    self._keep(door)
        return found

    def _door(self, row: store.DoorRow, path: tuple[str, ...], tenants: list[DoorTenant]) -> Door:
        template, form = self._form(row)
        required = Requirements(row.test_hours, row.doses, row.risk_days)
        former = tuple(msgspec.convert(row.former_requirements, list[Former]))
        return Door(
            row.code,
            row.checkpoint_id,
            row.name,
            row.category,
            row.ord,
            path,
            template,
            form,
            row.temperature_valid_min,
            row.review,
            row.checkout,
            {tenant.id: tenant for tenant in by_floor(tenants)},
            required,
            former,
            row.site or "",
            any((row.test_hours, row.doses, row.risk_days, former)),
        )

    def _form(self, row: store.DoorRow) -> tuple[Template, CompiledForm]:
        """A thousand doors share a template: it is compiled once."""
        kept = self._forms.get(row.template_id)
        if kept is None:
            if len(self._forms) >= FORMS_KEPT:
                self._forms.clear()
            template = store.TemplateRow(
                id=row.template_id,
                name=row.template_name,
                name_en=row.template_name_en,
                version=row.template_version,
                fields=row.fields,
            ).template()
            kept = self._forms[row.template_id] = (template, CompiledForm(template.fields))
        return kept

    def _keep(self, door: Door) -> None:
        if len(self._doors) >= KEPT:
            self._doors.pop(next(iter(self._doors)))
        self._doors[door.code] = door
