"""Which hours of which places cases share more often than their visits would by chance."""

from datetime import datetime

import msgspec

SHOWN_MAX = 200


class NewSearch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Looks where the cases of a finished trace may have been infected, within the days before onset that the trace's plan says."""

    trace_id: int
    purpose: str


class SearchStarted(msgspec.Struct, frozen=True):
    """A search and the run that works it."""

    search_id: int
    run_id: int


class Search(msgspec.Struct, frozen=True):
    """A search. `finished_at`: null while it is worked; `hours_tested`: the hours of all places, for which `adjusted` accounts;
    `found`: hours of places that at least two cases share."""

    id: int
    trace_id: int
    run_id: int | None
    actor: str
    purpose: str
    created_at: datetime
    finished_at: datetime | None
    cases: int
    hours_tested: int
    found: int


class FindingsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Reads what was found; why is recorded."""

    purpose: str


class Finding(msgspec.Struct, frozen=True):
    """An hour of a place that cases share. `expected`: how many cases would have been there by chance; `p`: the chance of so many
    or more; `adjusted`: the part of false findings among all that are as likely (Benjamini–Hochberg), below 0.05 is worth a visit;
    `rank`: of the place, by its best hour."""

    rank: int
    checkpoint_id: int
    begins: datetime
    cases: list[int]
    people: int
    expected: float
    p: float
    adjusted: float
    checkpoint: str = ""
    category: str = ""
    unit: str = ""
