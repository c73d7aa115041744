"""Which room works which kind of run."""

from typing import Any

from lianfang.adoptions import comparing
from lianfang.areas import service as areas
from lianfang.areas import stays
from lianfang.areas import work as area_files
from lianfang.intake import imports as evidence_imports
from lianfang.intake import withdrawing
from lianfang.posters import service as posters
from lianfang.restructuring import follow
from lianfang.rosters import service as rosters
from lianfang.rosters.work import work_import as import_roster
from lianfang.runs.work import Handler, Work
from lianfang.setup import work as setup
from lianfang.sources import service as sources
from lianfang.tracing import export as trace_export
from lianfang.tracing import service as tracing
from lianfang.visits import export_run, records


async def trace(work: Work) -> dict[str, Any]:
    """The kernel takes seconds to load: not before somebody traces."""
    from lianfang.tracing import work as kernel

    return await kernel.work(work)


async def search(work: Work) -> dict[str, Any]:
    """The same."""
    from lianfang.sources import work as finding

    return await finding.work(work)


RUN_HANDLERS: dict[str, Handler] = {
    records.EXPORT_RUN: export_run.work,
    posters.KIND: posters.work,
    "units.follow": follow.work,
    rosters.IMPORT: import_roster,
    areas.IMPORT: area_files.work_import,
    areas.SITES: area_files.work_sites,
    areas.STAYS: stays.work,
    evidence_imports.READ: evidence_imports.work_read,
    evidence_imports.STORE: evidence_imports.work_store,
    withdrawing.RUN: withdrawing.work,
    comparing.KIND: comparing.work,
    tracing.KIND: trace,
    trace_export.KIND: trace_export.work,
    sources.KIND: search,
    setup.PLAN: setup.plan_run,
    setup.APPLY: setup.apply_run,
    setup.EXPORT: setup.export_run,
}
