"""A picture of a card at the gate: read, answered, kept nowhere."""

import os
import random
from pathlib import Path

import pytest

from benchmarks.id_cards import FONTS, card, photograph
from lianfang.config import Settings
from lianfang.kit.identifiers import check_character
from lianfang.ocr.engine import LOCK, PICTURE_MAX, SOCKET
from tests.conftest import OpenHouse
from tests.support.house import Answer, Client

FONT = FONTS / "noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf"
FIRST = "13079919900101123"
NUMBER = FIRST + check_character(FIRST)


async def show(client: Client, picture: bytes) -> Answer:
    headers = {"content-type": "application/octet-stream"}
    return await client.http.post("/api/v1/id-cards/read", content=picture, headers=headers)


@pytest.mark.skipif(not FONT.exists(), reason="the font for the card comes with the pages")
async def test_a_card_is_read_and_nothing_of_it_is_kept(
    house_with: OpenHouse, settings: Settings, tmp_path: Path
) -> None:
    house = await house_with(settings.__replace__(home=str(tmp_path)))
    guard = await house.staff("gate01")
    dice = random.Random(7)
    answer = await show(guard, photograph(dice, card(dice, FONT, "张丽华", NUMBER)))
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"name": "张丽华", "number": NUMBER}
    # a card whose check character does not fit is not read at all
    wrong = FIRST + ("0" if NUMBER[-1] != "0" else "1")
    answer = await show(guard, photograph(dice, card(dice, FONT, "张丽华", wrong)))
    assert (answer.status_code, answer.json()["code"]) == (422, "card_unreadable")
    answer = await show(guard, b"not a picture")
    assert (answer.status_code, answer.json()["code"]) == (422, "card_unreadable")
    assert set(os.listdir(tmp_path)) <= {SOCKET, LOCK}


async def test_a_picture_that_is_too_large_is_refused(
    house_with: OpenHouse, settings: Settings, tmp_path: Path
) -> None:
    house = await house_with(settings.__replace__(home=str(tmp_path)))
    answer = await show(await house.staff("gate01"), b"\xff" * (PICTURE_MAX + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "picture_too_large")
    assert os.listdir(tmp_path) == []
