"""Which room works which kind of run."""

from lianfang.posters import service as posters
from lianfang.restructuring import follow
from lianfang.runs.work import Handler

RUN_HANDLERS: dict[str, Handler] = {
    posters.KIND: posters.work,
    "units.follow": follow.work,
}
