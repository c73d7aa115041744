"""Doors in memory: what the scan lane knows about a code, without asking the database for each scan."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from lianfang.kit.db import Database
from lianfang.venues import store
from lianfang.venues.answers import CompiledForm
from lianfang.venues.model import Category, Template
from lianfang.venues.problems import CODE_REPLACED, CODE_UNKNOWN, DOOR_CLOSED

KEPT = 100_000


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

    @property
    def waits(self) -> bool:
        """Whether a scan may have to wait for the attendant."""
        return self.review or self.temperature_valid_min is not None

    @property
    def seats(self) -> bool:
        """Whether it asks where a person sits."""
        return self.category == "vehicle"


class Doors:
    """Doors by code, loaded when first asked for and forgotten when they change (NOTIFY lianfang_doors)."""

    def __init__(self, lane: Database) -> None:
        self._lane = lane
        self._doors: dict[str, Door] = {}
        self._loading: dict[str, asyncio.Task[Door]] = {}
        self._forgotten = 0  # counts changes: a door read before one and arriving after it is not kept

    def known(self, code: str) -> Door | None:
        """The door if it is in memory."""
        return self._doors.get(code)

    async def find(self, code: str) -> Door:
        """The door; Problem `door_unknown`, `door_code_replaced` or `door_closed`."""
        if door := self._doors.get(code):
            return door
        task = self._loading.get(code)
        if task is None:
            task = self._loading[code] = asyncio.create_task(self._load(code))
            task.add_done_callback(lambda _: self._loading.pop(code, None))
        return await asyncio.shield(task)

    def forget(self, checkpoint_ids: Collection[int]) -> None:
        self._forgotten += 1
        for code in [code for code, door in self._doors.items() if door.checkpoint_id in checkpoint_ids]:
            del self._doors[code]

    def forget_all(self) -> None:
        self._forgotten += 1
        self._doors.clear()

    async def _load(self, code: str) -> Door:
        before = self._forgotten
        async with self._lane.transaction() as conn:
            row = await store.lane_find_door(conn, code)
            if row is None:
                raise CODE_UNKNOWN()
            if row.replaced:
                raise CODE_REPLACED()
            if not row.open:
                raise DOOR_CLOSED()
            path = await store.lane_unit_path(conn, row.ord)
        template = store.TemplateRow(
            id=row.template_id,
            name=row.template_name,
            name_en=row.template_name_en,
            version=row.template_version,
            fields=row.fields,
        ).template()
        door = Door(
            code,
            row.checkpoint_id,
            row.name,
            row.category,
            row.ord,
            tuple(path),
            template,
            CompiledForm(template.fields),
            row.temperature_valid_min,
            row.review,
            row.checkout,
        )
        if self._forgotten == before:
            if len(self._doors) >= KEPT:
                self._doors.pop(next(iter(self._doors)))
            self._doors[code] = door
        return door
