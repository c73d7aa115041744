"""Which room works which kind of run."""

from lianfang.posters import service as posters
from lianfang.runs.work import Handler

RUN_HANDLERS: dict[str, Handler] = {posters.KIND: posters.work}
