"""/checkpoints, /templates"""

import asyncio

from litestar import Response, Router, get, patch, post, put

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit import qr
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.venues import gallery, service, templates, tenants
from lianfang.venues.model import (
    AdoptForm,
    Category,
    Checkpoint,
    CheckpointChange,
    CheckpointImport,
    CheckpointsImported,
    CheckpointsMoved,
    GalleryForm,
    ListedTemplate,
    MoveCheckpoints,
    NewCheckpoint,
    NewTemplate,
    NewTenant,
    NewTenants,
    Template,
    TemplateVersion,
    Tenant,
)


@get("/", **staff("checkpoints.read"))
async def list_checkpoints(
    db: Database,
    settings: Settings,
    acting: Scope,
    unit_id: int | None = None,
    category: Category | None = None,
    q: str | None = None,
    template_id: int | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[Checkpoint]:
    """Checkpoints of a unit and everything below it."""
    return await service.list_checkpoints(
        db,
        settings,
        acting,
        unit_id=unit_id,
        category=category,
        text=q,
        template_id=template_id,
        cursor=cursor,
        limit=limit,
    )


@post("/", **staff("checkpoints.manage"))
async def create_checkpoint(db: Database, settings: Settings, acting: Scope, data: NewCheckpoint) -> Checkpoint:
    """Creates a checkpoint with its first code."""
    return await service.create_checkpoint(db, settings, acting, data)


@get("/{checkpoint_id:int}", **staff("checkpoints.read"))
async def show_checkpoint(db: Database, settings: Settings, acting: Scope, checkpoint_id: int) -> Checkpoint:
    """One checkpoint."""
    return service.shown(settings, await service.find_checkpoint(db, acting, checkpoint_id))


@patch("/{checkpoint_id:int}", **staff("checkpoints.manage"))
async def change_checkpoint(
    db: Database, settings: Settings, acting: Scope, checkpoint_id: int, data: CheckpointChange
) -> Checkpoint:
    """Changes the fields that are given."""
    return await service.change_checkpoint(db, settings, acting, checkpoint_id, data)


@post("/{checkpoint_id:int}/code", status_code=200, **staff("checkpoints.manage"))
async def replace_code(db: Database, settings: Settings, acting: Scope, checkpoint_id: int) -> Checkpoint:
    """Replaces the code in the link; the old one answers 410 from now on."""
    return await service.replace_code(db, settings, acting, checkpoint_id)


@get("/{checkpoint_id:int}/qr.svg", media_type="image/svg+xml", **staff("checkpoints.read"))
async def show_qr_svg(db: Database, settings: Settings, acting: Scope, checkpoint_id: int) -> Response[str]:
    """The QR code of the link, for screens and print."""
    checkpoint = await service.find_checkpoint(db, acting, checkpoint_id)
    return Response(qr.qr_svg(service.door_link(settings, checkpoint.code)), media_type="image/svg+xml")


@get("/{checkpoint_id:int}/qr.png", media_type="image/png", **staff("checkpoints.read"))
async def show_qr_png(db: Database, settings: Settings, acting: Scope, checkpoint_id: int) -> Response[bytes]:
    """The QR code as a picture."""
    checkpoint = await service.find_checkpoint(db, acting, checkpoint_id)
    picture = await asyncio.to_thread(qr.qr_png, service.door_link(settings, checkpoint.code))
    return Response(picture, media_type="image/png")


@post("/bulk", status_code=200, **staff("visits.import"))
async def import_checkpoints(
    db: Database, acting: Scope, language: Language, data: CheckpointImport
) -> CheckpointsImported:
    """Places of another system; idempotent."""
    return await service.import_checkpoints(db, acting, data, language)


@get("/{checkpoint_id:int}/tenants", **staff("checkpoints.read"))
async def list_tenants(db: Database, acting: Scope, checkpoint_id: int) -> Page[Tenant]:
    """Who has rooms behind a checkpoint, floor by floor: at most 500."""
    return await tenants.list_tenants(db, acting, checkpoint_id)


@post("/{checkpoint_id:int}/tenants", **staff("checkpoints.manage"))
async def add_tenants(db: Database, acting: Scope, checkpoint_id: int, data: NewTenants) -> Page[Tenant]:
    """Enters tenants, all or none. Answered, as every change of them, with the list as it is then."""
    return await tenants.add(db, acting, checkpoint_id, data)


@put("/{checkpoint_id:int}/tenants/{tenant_id:int}", **staff("checkpoints.manage"))
async def change_tenant(
    db: Database, acting: Scope, checkpoint_id: int, tenant_id: int, data: NewTenant
) -> Page[Tenant]:
    """Another name or floor; records show it as it is called now."""
    return await tenants.change(db, acting, checkpoint_id, tenant_id, data)


@post("/{checkpoint_id:int}/tenants/{tenant_id:int}/close", status_code=200, **staff("checkpoints.manage"))
async def close_tenant(db: Database, acting: Scope, checkpoint_id: int, tenant_id: int) -> Page[Tenant]:
    """A tenant has left: it can't be chosen any more, and records keep its name."""
    return await tenants.close(db, acting, checkpoint_id, tenant_id)


@get("/", **staff("checkpoints.read"))
async def list_templates(db: Database, acting: Scope) -> Page[ListedTemplate]:
    """The newest version of each form that the account can use."""
    return await templates.list_templates(db, acting)


@get("/gallery", sync_to_thread=False, **staff("checkpoints.read"))
def show_gallery() -> Page[GalleryForm]:
    """Ready-made forms to copy."""
    return Page(list(gallery.forms()))


@post("/gallery", **staff("checkpoints.manage"))
async def adopt_form(db: Database, acting: Scope, data: AdoptForm) -> Template:
    """Copies a ready-made form into a unit; a second time it is the unit's own form of that name."""
    return await templates.adopt_from_gallery(db, acting, data)


@get("/{template_id:int}", **staff("checkpoints.read"))
async def show_template(db: Database, acting: Scope, template_id: int) -> Template:
    """One form, of any version."""
    return await templates.find_template(db, acting, template_id)


@get("/{template_id:int}/versions", **staff("checkpoints.read"))
async def list_versions(db: Database, acting: Scope, template_id: int) -> Page[TemplateVersion]:
    """Every version of a form, newest first, with how many checkpoints use it."""
    return await templates.list_versions(db, acting, template_id)


@post("/", **staff("checkpoints.manage"))
async def create_template(db: Database, acting: Scope, data: NewTemplate) -> Template:
    """Stores a form, as the next version where the unit already has one of this name."""
    return await templates.create_template(db, acting, data)


@post("/{template_id:int}/checkpoints", status_code=200, **staff("checkpoints.manage"))
async def move_checkpoints(db: Database, acting: Scope, template_id: int, data: MoveCheckpoints) -> CheckpointsMoved:
    """The account's checkpoints that use another version of this form change to this one."""
    return await templates.move_checkpoints(db, acting, template_id, data)


router = Router(
    "/checkpoints",
    route_handlers=[
        list_checkpoints,
        create_checkpoint,
        show_checkpoint,
        change_checkpoint,
        replace_code,
        show_qr_svg,
        show_qr_png,
        import_checkpoints,
        list_tenants,
        add_tenants,
        change_tenant,
        close_tenant,
    ],
    tags=["checkpoints"],
)
templates_router = Router(
    "/templates",
    route_handlers=[
        list_templates,
        show_gallery,
        adopt_form,
        show_template,
        list_versions,
        create_template,
        move_checkpoints,
    ],
    tags=["templates"],
)
