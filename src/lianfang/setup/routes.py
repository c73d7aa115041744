"""/setup"""

from urllib.parse import quote

import msgspec
from litestar import Response, Router, get, post

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language, Text
from lianfang.kit.paging import Page
from lianfang.kit.sheets.downloads import XLSX
from lianfang.setup import service
from lianfang.setup.columns import Kind
from lianfang.setup.model import RowState
from lianfang.setup.service import SetupRow, Started

TEMPLATE_NAME = Text("{name} 建县模板.xlsx", "{name} setup template.xlsx")


class NewPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that was uploaded, and the unit that it sets up."""

    unit_id: int
    upload_id: int


class NewApplication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finished dry run of one's own."""

    plan_run_id: int


class NewExport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The unit whose units, checkpoints and accounts are wanted."""

    unit_id: int


@get("/template.xlsx", media_type=XLSX, **staff("setup.manage"))
async def download_template(db: Database, acting: Scope, language: Language, unit_id: int) -> Response[bytes]:
    """The empty workbook of a unit, in the reader's language; either language is read again."""
    name, content = await service.template(db, acting, unit_id, language)
    file = quote(TEMPLATE_NAME.show(language, name=name))
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{file}", "cache-control": "no-store"}
    return Response(content, media_type=XLSX, headers=headers)


@post("/plans", **staff("setup.manage"))
async def start_plan(db: Database, keys: Keys, acting: Scope, language: Language, data: NewPlan) -> Started:
    """Begins a dry run. Changes nothing."""
    return await service.start_plan(db, acting, keys, unit_id=data.unit_id, upload_id=data.upload_id, language=language)


@post("/applications", **staff("setup.manage"))
async def start_apply(db: Database, keys: Keys, acting: Scope, language: Language, data: NewApplication) -> Started:
    """Begins to apply the file of a dry run, as things are now: good rows are applied, bad ones come back."""
    return await service.start_apply(db, acting, keys, data.plan_run_id, language)


@post("/exports", **staff("setup.manage"))
async def start_export(db: Database, keys: Keys, acting: Scope, language: Language, data: NewExport) -> Started:
    """Begins to write the workbook with what is there. Uploaded again as it is, it changes nothing."""
    return await service.start_export(db, acting, keys, data.unit_id, language)


@get("/runs/{run_id:int}/rows", **staff("setup.manage"))
async def list_rows(
    db: Database,
    acting: Scope,
    language: Language,
    run_id: int,
    outcome: RowState | None = None,
    kind: Kind | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[SetupRow]:
    """What each row would do, or did, in the order of the file."""
    return await service.list_rows(db, acting, run_id, language, state=outcome, kind=kind, cursor=cursor, limit=limit)


router = Router(
    "/setup",
    route_handlers=[download_template, start_plan, start_apply, start_export, list_rows],
    tags=["setup"],
)
