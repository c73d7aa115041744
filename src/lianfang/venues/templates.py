"""Verbs on forms: writing versions, copying ready-made ones, moving checkpoints from version to version."""

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, invalid
from lianfang.kit.paging import Page
from lianfang.organisations import store as organisations
from lianfang.organisations.model import Place
from lianfang.venues import gallery, store
from lianfang.venues.forms import field_errors
from lianfang.venues.model import (
    AdoptForm,
    CheckpointsMoved,
    GalleryForm,
    ListedTemplate,
    MoveCheckpoints,
    NewTemplate,
    Template,
    TemplateVersion,
)
from lianfang.venues.problems import TEMPLATE_CHANGED
from lianfang.venues.service import trimmed


async def list_templates(db: Database, scope: Scope) -> Page[ListedTemplate]:
    async with scoped(db, scope) as conn:
        return Page(await store.list_templates(scope, conn))


async def find_template(db: Database, scope: Scope, template_id: int) -> Template:
    async with scoped(db, scope) as conn:
        return await _existing(scope, conn, template_id)


async def list_versions(db: Database, scope: Scope, template_id: int) -> Page[TemplateVersion]:
    """Every version of the form that a template belongs to, newest first."""
    async with scoped(db, scope) as conn:
        await _existing(scope, conn, template_id)
        return Page(await store.template_versions(scope, conn, template_id))


async def create_template(db: Database, scope: Scope, new: NewTemplate) -> Template:
    if errors := field_errors(new.fields):
        raise invalid(*errors)
    name, name_en = trimmed("name", new.name), trimmed("name_en", new.name_en)
    async with scoped(db, scope) as conn:
        # two versions of one form that are made at once are numbered one after the other
        place = await organisations.lock_parent(scope, conn, new.unit_id)
        if place is None:
            raise NOT_FOUND()
        if new.based_on is not None:
            newest = await store.newest_version(scope, conn, place.id, name)
            if newest is not None and newest.id != new.based_on:
                raise TEMPLATE_CHANGED(name=name, version=newest.version)
        template = await store.insert_template(scope, conn, place=place, name=name, name_en=name_en, fields=new.fields)
        await audit.record(
            scope, conn, "templates.create", f"template:{template.id}", unit=place.id, version=template.version
        )
    return template


async def move_checkpoints(db: Database, scope: Scope, template_id: int, request: MoveCheckpoints) -> CheckpointsMoved:
    """The scope's checkpoints that use another version of this form use this one from now on."""
    async with scoped(db, scope) as conn:
        template = await _existing(scope, conn, template_id)
        moved = await store.move_checkpoints(scope, conn, template_id, from_id=request.from_id)
        await audit.record(
            scope,
            conn,
            "templates.move_checkpoints",
            f"template:{template_id}",
            version=template.version,
            moved=len(moved),
        )
    return CheckpointsMoved(len(moved))


async def adopt_from_gallery(db: Database, scope: Scope, request: AdoptForm) -> Template:
    """Copies a ready-made form into a unit; where the unit itself has one of that name already, it is that one."""
    form = gallery.by_key(request.key)
    if form is None:
        raise NOT_FOUND()
    async with scoped(db, scope) as conn:
        place = await organisations.lock_parent(scope, conn, request.unit_id)
        if place is None:
            raise NOT_FOUND()
        return await store.newest_version(scope, conn, place.id, form.name) or await _copy(scope, conn, place, form)


async def find_or_adopt(scope: Scope, conn: Connection, unit: Place, name: str) -> Template | None:
    """The newest form of a Chinese or English name that a unit can use (its own, else of the nearest unit above), else
    the one of the gallery, copied into the unit; None where there is neither.

    Copied at the top of what is being set up, everything below shares it.
    """
    if found := await store.find_usable_template(scope, conn, unit.lo, name):
        return found
    form = gallery.by_name(name)
    if form is None:
        return None
    await organisations.lock_parent(scope, conn, unit.id)
    # somebody else may have been first, and the gallery's other name may be in use already
    return await store.find_usable_template(scope, conn, unit.lo, form.name) or await _copy(scope, conn, unit, form)


async def _copy(scope: Scope, conn: Connection, place: Place, form: GalleryForm) -> Template:
    template = await store.insert_template(
        scope, conn, place=place, name=form.name, name_en=form.name_en, fields=form.fields
    )
    await audit.record(
        scope, conn, "templates.adopt", f"template:{template.id}", unit=place.id, version=template.version
    )
    return template


async def _existing(scope: Scope, conn: Connection, template_id: int) -> Template:
    template = await store.find_template(scope, conn, template_id)
    if template is None:
        raise NOT_FOUND()
    return template
