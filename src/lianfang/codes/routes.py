"""/residents/me/colour"""

from litestar import Router, get

from lianfang.access.rules import RESIDENT
from lianfang.access.scope import Scope
from lianfang.codes import explain
from lianfang.kit.db import Database
from lianfang.kit.errors import Language


@get("/residents/me/colour", tags=["residents"], **RESIDENT)
async def my_colour(db: Database, acting: Scope, language: Language) -> explain.MyColour:
    """The resident's colour, and why: rule, plan, evidence, until when, what ends it earlier."""
    return await explain.my_colour(db, acting, language)


router = Router("/", route_handlers=[my_colour])
