"""`lianfang bench recolour` on a few people: it counts what happened."""

import json

from typer.testing import CliRunner

from lianfang.entrypoints.cli import app


def test_everybody_who_stayed_is_coloured_and_found_again() -> None:
    answer = CliRunner().invoke(app, ["bench", "recolour", "--people", "500", "--json"])
    assert answer.exit_code == 0, answer.output
    report = json.loads(answer.stdout)
    assert (report["people"], report["holds_opened"], report["held_before"]) == (500, 500, 20)
    assert report["replay_different"] == 0
    assert report["shows_per_s_meanwhile"] > 0
    assert report["scans_per_s_meanwhile"] > 0
    assert (report["refused"], report["broken"]) == (0, 0)
