"""The words of an exported file are those of the screen."""

import re
from pathlib import Path

import pytest

from lianfang.kit.errors import Text
from lianfang.venues.model import CATEGORIES
from lianfang.visits.model import SOURCES, VERDICTS

WORDS = (Path(__file__).parents[2] / "web" / "shared" / "i18n" / "common.ts").read_text("utf-8")


@pytest.mark.parametrize(("group", "texts"), [("verdict", VERDICTS), ("category", CATEGORIES), ("source", SOURCES)])
def test_export_and_screen_use_the_same_words(group: str, texts: dict[str, Text]) -> None:
    chinese, english = (
        dict(re.findall(r"(\w+): '([^']*)'", block))
        for block in re.findall(rf"\n  {group}: {{(.*?)}}", WORDS, re.DOTALL)
    )
    assert {key: text.zh for key, text in texts.items()} == chinese
    assert {key: text.en for key, text in texts.items()} == english
