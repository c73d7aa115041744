"""Runs and their files."""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

State = Literal["queued", "running", "done", "failed"]

UPLOAD_MAX_MIB = 64
UPLOADS_KEPT = timedelta(days=1)
"""An upload that no run was started with."""
RUNS_KEPT = timedelta(days=7)
"""A run and its files, after it was created."""


class RunFile(msgspec.Struct, frozen=True):
    """A file that a run made. `size` in bytes."""

    name: str
    size: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Long work. `total` is null while it is not known how much there is to do; `summary` has counts by name, as each kind
    of run defines them; `error` is a sentence for whoever started it."""

    id: int
    kind: str
    state: State
    done: int
    total: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    summary: dict[str, Any]
    error: str
    files: list[RunFile] = []


class Upload(msgspec.Struct, frozen=True):
    """A file that waits for its run."""

    upload_id: int
    name: str
    size: int
