"""`lianfang bench status` on a few people: what it measures are lists that say what the holds say."""

import json

import pytest
from typer.testing import CliRunner

from lianfang.entrypoints.cli import app


@pytest.mark.parametrize("how", [[], ["--in-memory"]])
def test_the_lists_say_of_everybody_what_the_holds_say(how: list[str]) -> None:
    answer = CliRunner().invoke(app, ["bench", "status", "--people", "1000", "--share", "0.05", "--json", *how])
    assert answer.exit_code == 0, answer.output
    report = json.loads(answer.stdout)
    assert (report["people"], report["stored"]) == (1000, not how)
    assert 30 <= report["not_green"] <= 70  # as dice fall
    assert report["lists"] == 1
