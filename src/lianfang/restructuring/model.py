"""What is asked of a unit's place, and what comes of it."""

from typing import Annotated

import msgspec

Reason = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]


class Extent(msgspec.Struct, frozen=True):
    """What belongs to a unit and everything below it."""

    units: int
    checkpoints: int
    open_checkpoints: int
    accounts: int
    visits: int


class UnitMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Under which unit; the present parent again gives the unit a larger place and changes nothing else."""

    parent_id: int
    reason: Reason


class UnitMerge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Into which unit."""

    into_id: int
    reason: Reason


class UnitClose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason


class Following(msgspec.Struct, frozen=True):
    """The unit stands at its new place; the run brings what is too much for one moment (visits: the newest first)."""

    unit_id: int
    move_id: int
    run_id: int


class Closed(msgspec.Struct, frozen=True):
    """How many were closed, or reopened, with the unit."""

    units: int
    checkpoints: int
    accounts: int
