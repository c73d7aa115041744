"""/interviews"""

from litestar import Router, post

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.interviews import service
from lianfang.interviews.model import (
    AnswersQuery,
    HistoryQuery,
    InterviewAnswers,
    NamedPlace,
    NewTold,
    PlaceQuery,
    StayVersion,
    Trajectory,
    TrajectoryNotice,
    TrajectoryQuery,
    VisitMark,
    WrittenStay,
)
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database


@post("/trajectory", status_code=200, **staff("tracing.run"))
async def read_trajectory(
    db: Database, keys: Keys, settings: Settings, acting: Scope, data: TrajectoryQuery
) -> Trajectory:
    """Somebody's days: stays that doors recorded and that they tell of, gaps, companions. Recorded with its purpose."""
    return await service.show(db, keys, settings, acting, data)


@post("/notice", status_code=200, **staff("tracing.run"))
async def word_notice(
    db: Database, keys: Keys, settings: Settings, acting: Scope, data: TrajectoryQuery
) -> TrajectoryNotice:
    """The same days for the public: no name, document, phone or house number. Recorded with its purpose."""
    return await service.notice(db, keys, settings, acting, data)


@post("/stays", **staff("tracing.run"))
async def tell_stay(db: Database, keys: Keys, settings: Settings, acting: Scope, data: NewTold) -> WrittenStay:
    """Writes a stay that somebody tells of, corrects one (a further version), or takes it back."""
    return await service.tell(db, keys, settings, acting, data)


@post("/marks", **staff("tracing.run"))
async def mark_visit(db: Database, keys: Keys, acting: Scope, data: VisitMark) -> WrittenStay:
    """Writes that a recorded visit was so, or was not theirs."""
    return await service.mark(db, keys, acting, data)


@post("/history", status_code=200, **staff("tracing.run"))
async def read_history(db: Database, keys: Keys, acting: Scope, data: HistoryQuery) -> list[StayVersion]:
    """All versions of somebody's interview. Recorded with its purpose."""
    return await service.history(db, keys, acting, data)


@post("/places", status_code=200, **staff("tracing.run"))
async def find_places(db: Database, acting: Scope, data: PlaceQuery) -> list[NamedPlace]:
    """Checkpoints that could be meant by some words, the likeliest first."""
    return await service.places(db, acting, data)


@post("/answers", status_code=200, **staff("tracing.run"))
async def read_answers(db: Database, acting: Scope, data: AnswersQuery) -> list[InterviewAnswers]:
    """What interviews add to the cases of a trace (`told`, `struck`). Recorded with its purpose."""
    return await service.answers(db, acting, data)


router = Router(
    "/interviews",
    route_handlers=[read_trajectory, word_notice, tell_stay, mark_visit, read_history, find_places, read_answers],
    tags=["interviews"],
)
