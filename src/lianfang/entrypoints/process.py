"""What the web and the worker process share: where the database is, how to log, when to stop."""

import asyncio
import logging
import signal
import sys
from typing import Any

import msgspec
import structlog
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from lianfang.config import Settings, master_secret


class _Orders(msgspec.Struct, frozen=True):
    settings: Settings
    dsn: str


def orders(settings: Settings, owner_dsn: str) -> bytes:
    """What a child is told on its standard input: the settings, and where the database is. Children sign in as their own
    roles and never learn the owner's password; nothing secret stands in their environment."""
    info = conninfo_to_dict(owner_dsn)
    place = make_conninfo(
        "", **{key: value for key, value in info.items() if key not in ("user", "password") and value}
    )
    told = msgspec.structs.replace(settings, database_url="", secret_key=master_secret(settings).hex())
    return msgspec.json.encode(_Orders(told, place)) + b"\n"


BEGIN = b"%d\n"
"""Follows the orders, at once or when a process in reserve is needed: the number of the socket to listen on, or -1."""


def await_orders() -> tuple[Settings, str]:
    """The settings and the database that the parent tells; ends the process where the parent has gone instead."""
    given = msgspec.json.decode(_next_line(), type=_Orders)
    return given.settings, given.dsn


def await_turn() -> int:
    """Returns when the process is to begin its work: on which socket it listens."""
    return int(_next_line())


def _next_line() -> bytes:
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        raise SystemExit(0)
    return line


def configure_logging() -> None:
    """One JSON line an event, on standard error. Events carry no personal data: ids, counts and codes only."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    logging.basicConfig(handlers=[_Libraries()], level=logging.WARNING, force=True)


class _Libraries(logging.Handler):
    """What libraries log: the sentence they have for it, without what they would put into it, which may be anybody's. Why
    a process could not begin is told whole."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        beginning = isinstance(record.msg, OSError) or record.module == "on"  # of uvicorn
        told = {"said": str(record.msg)} if record.args or beginning else {}
        structlog.get_logger().log(
            record.levelno, "library", logger=record.name, at=f"{record.module}:{record.lineno}", error=error, **told
        )


async def until_stopped(*tasks: "asyncio.Task[Any]") -> None:
    """Until SIGTERM or SIGINT, or until a task ends; then cancels the tasks. A task's failure is raised."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    waiter = asyncio.create_task(stopped.wait())
    done, _ = await asyncio.wait([waiter, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in (waiter, *tasks):
        task.cancel()
    await asyncio.gather(waiter, *tasks, return_exceptions=True)
    for task in done - {waiter}:
        task.result()
