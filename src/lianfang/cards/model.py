"""Printed codes as the console and their holders see them."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

Layout = Literal["a4", "card"]


class PrintedCode(msgspec.Struct, frozen=True):
    """`name` and `document` are masked, as on the paper. `issued_by` and `voided_by`: staff:12, resident:7."""

    number: int
    name: str
    document: str
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    voided_at: datetime | None
    voided_by: str | None
    reason: str


class VoidReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a printed code ends: lost, given away, a wrong name."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
