"""Every error becomes a problem. The log gets its type and place and never its message, which may quote a value of a person."""

import traceback
import uuid

import psycopg
import structlog

from lianfang.kit.db import UNAVAILABLE
from lianfang.kit.errors import INTERNAL, UNSTORABLE, Problem, busy

log = structlog.get_logger()


def as_problem(error: Exception, path: str) -> Problem:
    """What whoever asked is told about an error."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, UNAVAILABLE):
        log.warning("database_unavailable", error=type(error).__name__, path=path)
        return busy()
    if isinstance(error, psycopg.DataError):  # U+0000, which JSON can say and PostgreSQL cannot store
        return UNSTORABLE()
    incident = uuid.uuid4().hex[:12]
    trace = [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    log.error("request_failed", incident=incident, error=type(error).__name__, path=path, at=trace[-4:])
    return INTERNAL(incident=incident)
