"""Prefers the compiled twins of the scan lane's modules, where `make` could build them, to the same modules as Python.

mypyc turns typed Python into an extension module with the same meaning, which spares the web process a fifth of its time a scan.
A twin is only as good as the sources and types that it was built from, so all of them are hashed: after any change the
Python runs, until the next `make setup`.
"""

import hashlib
import json
import os
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

SOURCES = Path(__file__).parents[2]
TWINS = Path(sysconfig.get_path("platlib")) / "lianfang_compiled"
MANIFEST = TWINS / "manifest.json"
OFF = "LIANFANG_INTERPRETED"
"""The environment variable that keeps the Python, for whoever looks for a fault."""


def digest(sources: Iterable[str]) -> str:
    """Of the files, named relative to `SOURCES`, in this order. Raises OSError where one is missing."""
    hashed = hashlib.blake2b(sys.version.encode(), digest_size=16)
    for source in sources:
        hashed.update(source.encode() + b"\0" + (SOURCES / source).read_bytes())
    return hashed.hexdigest()


class Twins(MetaPathFinder):
    """Finds modules by name among the files of `TWINS`."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        file = self.files.get(fullname)
        return spec_from_file_location(fullname, TWINS / file) if file else None


def current() -> dict[str, str]:
    """The twins of the sources as they are now: module → file below `TWINS`. Empty where there are none."""
    try:
        manifest = json.loads(MANIFEST.read_bytes())
        if manifest["digest"] == digest(manifest["sources"]):
            return dict(manifest["files"])
    except (OSError, ValueError):
        pass
    return {}


def prefer() -> None:
    """For the modules that are imported from here on."""
    if not (os.environ.get(OFF) or in_use()) and (files := current()):
        sys.meta_path.insert(0, Twins(files))


def in_use() -> bool:
    """Whether this process runs the twins."""
    return any(isinstance(finder, Twins) for finder in sys.meta_path)
