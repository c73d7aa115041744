"""/plans"""

import msgspec
from litestar import Router, get, post

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.adoptions import comparing, deciding, shelf
from lianfang.adoptions.model import (
    Comparison,
    NewComparison,
    NewProposal,
    PackContent,
    Plans,
    Proposal,
    ProposalDecision,
)
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page


class ComparisonStarted(msgspec.Struct, frozen=True):
    comparison_id: int
    run_id: int


@get("/", **staff("plans.read"))
async def show_plans(identity: Database, worker_db: Database) -> Plans:
    """The plans there are, those in force with their provinces' figures, and those to come."""
    return await shelf.show(identity, worker_db)


@get("/packs/{key:str}", **staff("plans.read"))
async def show_pack(key: str) -> PackContent:
    """What a plan says: windows, management, transport, rules with their clauses."""
    return shelf.content(key)


@post("/comparisons", status_code=202, **staff("plans.adopt"))
async def start_comparison(
    db: Database,
    worker_db: Database,
    keys: Keys,
    acting: Scope,
    importer_id: int,
    language: Language,
    data: NewComparison,
) -> ComparisonStarted:
    """How many people of each unit would change colour; changes nothing. A run."""
    return ComparisonStarted(*await comparing.start(db, worker_db, keys, acting, importer_id, data, language))


@get("/comparisons", **staff("plans.read"))
async def list_comparisons(
    db: Database, identity: Database, acting: Scope, cursor: str | None = None, limit: int | None = None
) -> Page[Comparison]:
    """Newest first, without their units."""
    return await comparing.latest(db, identity, acting, cursor, limit)


@get("/comparisons/{comparison_id:int}", **staff("plans.read"))
async def show_comparison(db: Database, identity: Database, acting: Scope, comparison_id: int) -> Comparison:
    """With the units of the account's own part of the tree."""
    return await comparing.show(db, identity, acting, comparison_id)


@get("/proposals", **staff("plans.read"))
async def list_proposals(
    db: Database,
    identity: Database,
    acting: Scope,
    importer_id: int,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[Proposal]:
    """What was proposed and what became of it, newest first."""
    return await deciding.latest(db, identity, acting, importer_id, cursor, limit)


@post("/proposals", **staff("plans.adopt"))
async def propose_plan(
    db: Database, identity: Database, worker_db: Database, acting: Scope, importer_id: int, data: NewProposal
) -> Proposal:
    """Proposes to adopt what was compared with the plan in force; nothing changes before another unit agrees."""
    number = await deciding.propose(db, worker_db, acting, importer_id, data)
    return await deciding.show(db, identity, acting, importer_id, number)


@post("/proposals/{proposal_id:int}/decision", status_code=200, **staff("plans.adopt"))
async def decide_proposal(
    db: Database,
    identity: Database,
    worker_db: Database,
    acting: Scope,
    importer_id: int,
    proposal_id: int,
    data: ProposalDecision,
) -> Proposal:
    """A second official, of another unit, agrees or declines; one of the two acts for a whole tree."""
    await deciding.decide(db, worker_db, acting, importer_id, proposal_id, data)
    return await deciding.show(db, identity, acting, importer_id, proposal_id)


router = Router(
    "/plans",
    route_handlers=[
        show_plans,
        show_pack,
        start_comparison,
        list_comparisons,
        show_comparison,
        list_proposals,
        propose_plan,
        decide_proposal,
    ],
    tags=["plans"],
)
