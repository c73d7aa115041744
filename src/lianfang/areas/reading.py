"""Rows of bulletins made into areas with what they mean in the tree. Reads; writes nothing."""

from collections.abc import Iterable

import msgspec

from lianfang.access.scope import Scope
from lianfang.areas import store
from lianfang.areas.decide import Gazetteer, Match, match
from lianfang.areas.divisions import divisions
from lianfang.areas.model import ReadArea, ReadRow, Row
from lianfang.areas.parse import Area, Parsed, parse
from lianfang.kit.db import Connection


class Read(msgspec.Struct, frozen=True):
    """A row, what it says, and the areas in it by their key."""

    row: Row
    parsed: Parsed


class Reader:
    """Reads rows and remembers what each area means: bulletins name the same ones day after day."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._known = divisions()
        self.meant: dict[str, Match] = {}

    def name(self, area: Area) -> str:
        return area.name(self._known)

    async def read(self, conn: Connection, rows: Iterable[Row]) -> list[Read]:
        """The rows' areas, matched; a row that goes on with another region is two."""
        found = [
            Read(msgspec.structs.replace(row, region=parsed.region, declared=parsed.declared), parsed)
            for row in rows
            for parsed in parse(row.region, row.text, row.declared, self._known)
        ]
        await self._match(conn, [area for read in found for area in read.parsed.areas])
        return found

    async def _match(self, conn: Connection, areas: list[Area]) -> None:
        new = {area.key: area for area in areas if area.key not in self.meant}
        # a county by itself; its city too, where towns of a zone may stand, but only if the county is not in the tree
        codes = sorted({area.code for area in new.values() if area.code})
        places = await store.places_of(self._scope, conn, codes)
        there = {place.code for place in places}
        missing = sorted({code[:4] for code in codes if code.ljust(12, "0") not in there and len(code) > 4})
        if missing:
            places = list(dict.fromkeys([*places, *await store.places_of(self._scope, conn, missing)]))
        gazetteer = Gazetteer(places)
        for key, area in new.items():
            self.meant[key] = match(area, gazetteer)

    def shown(self, read: Read) -> ReadRow:
        parsed = read.parsed
        return ReadRow(
            read.row.line,
            read.row.level,
            parsed.region,
            parsed.declared,
            len(parsed.areas),
            parsed.issues,
            [self._area(area) for area in parsed.areas],
        )

    def _area(self, area: Area) -> ReadArea:
        found = self.meant[area.key]
        return ReadArea(area.text, self.name(area), found.state, found.doubt, found.places, found.candidates)
