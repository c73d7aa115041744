"""/charts"""

from litestar import Response, Router, post
from litestar.response import File, Stream

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.chains import files, service
from lianfang.chains.model import Chart, ChartExport, ChartQuery
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.sheets import downloads


@post("/{trace_id:int}", status_code=200, **staff("tracing.run"))
async def read_chart(db: Database, keys: Keys, acting: Scope, trace_id: int, data: ChartQuery) -> Chart:
    """The chart of a finished trace as columns: people, places, who met whom where and when, who may have infected whom (with
    probabilities, by onset and encounters), clusters. Up to 20,000 people. Recorded with its purpose."""
    return await service.read(db, keys, acting, trace_id, data)


@post("/{trace_id:int}/export", status_code=200, **staff("tracing.run"))
async def export_chart(
    db: Database, keys: Keys, acting: Scope, trace_id: int, data: ChartExport
) -> Stream | File | Response[bytes]:
    """The chart as GEXF, or as a line list or contacts for R's epicontacts (CSV). Recorded with its purpose."""
    chart = await service.export(db, keys, acting, trace_id, data)
    stem = f"lianfang-chart-{trace_id}"
    if data.format == "gexf":
        disposition = {"content-disposition": f'attachment; filename="{stem}.gexf"'}
        return Response(files.gexf(chart), media_type="application/gexf+xml", headers=disposition)
    if data.format == "linelist":
        return await downloads.table(f"{stem}-linelist", "csv", files.LINELIST, files.linelist(chart))
    return await downloads.table(f"{stem}-contacts", "csv", files.CONTACTS, files.contacts(chart))


router = Router("/charts", route_handlers=[read_chart, export_chart], tags=["charts"])
