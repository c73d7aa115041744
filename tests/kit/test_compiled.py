"""The compiled twins count only for the sources that they were made of."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lianfang.kit import compiled


@pytest.fixture
def twins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two sources, and a twin of the first that depends on both."""
    for name in ("door.py", "rows.py"):
        (tmp_path / name).write_text("")
    monkeypatch.setattr(
        sys, "meta_path", [finder for finder in sys.meta_path if not isinstance(finder, compiled.Twins)]
    )
    monkeypatch.delenv(compiled.OFF, raising=False)
    monkeypatch.setattr(compiled, "SOURCES", tmp_path)
    monkeypatch.setattr(compiled, "MANIFEST", tmp_path / "manifest.json")
    sources = ["door.py", "rows.py"]
    manifest = {"digest": compiled.digest(sources), "sources": sources, "files": {"door": "door.so"}}
    compiled.MANIFEST.write_text(json.dumps(manifest))
    return tmp_path


def test_twins_of_the_sources_as_they_are_count(twins: Path) -> None:
    compiled.prefer()
    assert compiled.in_use()
    compiled.prefer()
    assert sum(isinstance(finder, compiled.Twins) for finder in sys.meta_path) == 1
    [finder] = [finder for finder in sys.meta_path if isinstance(finder, compiled.Twins)]
    found = finder.find_spec("door", None)
    assert found is not None
    assert Path(found.origin or "").name == "door.so"
    assert finder.find_spec("rows", None) is None


@pytest.mark.parametrize("what", ["changed", "gone", "damaged", "unbuilt", "unwanted"])
def test_else_the_python_runs(twins: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    if what == "changed":
        (twins / "rows.py").write_text("more = 1\n")
    elif what == "gone":
        (twins / "rows.py").unlink()
    elif what == "damaged":
        compiled.MANIFEST.write_text("{")
    elif what == "unbuilt":
        compiled.MANIFEST.unlink()
    else:
        monkeypatch.setenv(compiled.OFF, "1")
    compiled.prefer()
    assert not compiled.in_use()


@pytest.mark.skipif(not compiled.current(), reason="no twins: no C compiler, or sources changed since `make setup`")
def test_the_lane_runs_as_its_twin_where_that_was_built() -> None:
    program = "import lianfang.visits.door as door; print(door.__file__)"
    kept = {name: value for name, value in os.environ.items() if name != compiled.OFF}
    for environment, ending in ((kept, ".so"), (kept | {compiled.OFF: "1"}, ".py")):
        run = [sys.executable, "-c", program]
        where = subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout.strip()
        assert where.endswith(ending)
