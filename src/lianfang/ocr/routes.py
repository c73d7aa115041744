"""/id-cards"""

from datetime import timedelta
from typing import Any

from litestar import Request, Router, post
from litestar.exceptions import ClientException

from lianfang.access import throttle
from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.ocr import client
from lianfang.ocr.engine import PICTURE_MAX
from lianfang.ocr.problems import CARD_UNREADABLE, PICTURE_TOO_LARGE
from lianfang.ocr.reading import IdCard, name_of, number_of

CARDS = throttle.Limit("id_cards", 600, timedelta(hours=1))


@post(
    "/read",
    status_code=200,
    request_max_body_size=PICTURE_MAX,
    takes="application/octet-stream",
    **staff("gate.watch"),
)
async def read_card(
    request: Request[Any, Any, Any], settings: Settings, identity: Database, keys: Keys, acting: Scope
) -> IdCard:
    """Name and number on a picture of an ID card (`application/octet-stream`: JPEG or PNG). The picture is kept nowhere;
    somebody compares what was read with the card."""
    await throttle.spend(identity, keys, CARDS, acting.actor)
    try:
        picture = await request.body()
    except ClientException as error:
        if error.status_code == 413:
            raise PICTURE_TOO_LARGE(limit_mib=PICTURE_MAX >> 20) from None
        raise
    lines = await client.recognise(settings.home_path, picture)
    number = number_of(lines)
    if not number:
        raise CARD_UNREADABLE()
    return IdCard(name_of(lines), number)


router = Router("/id-cards", route_handlers=[read_card], tags=["gate"])
