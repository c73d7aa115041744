"""Which room works which kind of run."""

from lianfang.runs.work import Handler

RUN_HANDLERS: dict[str, Handler] = {}
