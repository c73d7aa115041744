"""Builds the compiled twins of the scan lane's modules into .venv (lianfang.kit.compiled says what they are and when they count).

Without a C compiler or Python's headers nothing is built and everything runs as Python, only slower. As root on Debian both are
installed first.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

os.environ["LIANFANG_INTERPRETED"] = "1"
from lianfang.kit.compiled import MANIFEST, SOURCES, TWINS, current, digest

MODULES = [
    "lianfang.kit.crypto",
    "lianfang.kit.express",
    "lianfang.kit.http",
    "lianfang.kit.ids",
    "lianfang.people.tokens",
    "lianfang.venues.answers",
    "lianfang.visits.batch",
    "lianfang.visits.decide",
    "lianfang.visits.door",
    "lianfang.visits.metrics",
    "lianfang.visits.porch",
    "lianfang.visits.ringer",
    "lianfang.visits.stamps",
    "lianfang.visits.times",
]
SLOWER = ("登记通道以 Python 运行，稍慢。", "the scan lane runs as Python, a little slower.")


def file_of(module: str) -> str | None:
    """The source of a module of the project, relative to `SOURCES`."""
    path = module.replace(".", "/")
    return next((name for name in (f"{path}.py", f"{path}/__init__.py") if (SOURCES / name).is_file()), None)


def imported(source: str) -> set[str]:
    """The project's files that this one imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((SOURCES / source).read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
    return {file for name in names if name.startswith("lianfang") and (file := file_of(name))}


def reached(modules: list[str]) -> list[str]:
    """The sources of the modules and of all that they import: whatever a type can come from."""
    found: set[str] = set()
    ahead = {file for module in modules if (file := file_of(module))}
    while ahead:
        found |= ahead
        ahead = {file for source in ahead for file in imported(source)} - found
    return sorted(found)


def can_compile() -> bool:
    """Whether there is a C compiler and the headers of this Python."""
    headers = Path(sysconfig.get_path("include"), "Python.h")
    return shutil.which("cc") is not None and headers.is_file()


def install() -> None:
    """What compiling needs, where that is ours to do."""
    if os.getuid() == 0 and shutil.which("apt-get"):
        headers = [] if Path(sysconfig.get_path("include"), "Python.h").is_file() else ["python%d.%d-dev"]
        packages = ["gcc", "libc6-dev", *(name % sys.version_info[:2] for name in headers)]
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
            subprocess.run(["apt-get", *command], env=quiet, check=False, stdout=subprocess.DEVNULL)  # noqa: S603, S607


def build(sources: list[str]) -> None:
    from mypyc.build import mypycify
    from setuptools import setup

    os.chdir(SOURCES)  # mypy names modules by their place
    shutil.rmtree(TWINS, ignore_errors=True)
    with tempfile.TemporaryDirectory() as temp:
        config = ["--config-file", str(SOURCES.parent / "pyproject.toml")]
        files = [str(file_of(module)) for module in MODULES]
        extensions = mypycify([*config, *files], opt_level="2", debug_level="0", target_dir=temp)
        arguments = ["-q", "build_ext", "--build-lib", str(TWINS), "--build-temp", temp]
        setup(name="lianfang-compiled", packages=[], ext_modules=extensions, script_args=arguments)
    suffix = EXTENSION_SUFFIXES[0]
    made = {
        str(path.relative_to(TWINS)).removesuffix(suffix).replace("/", "."): str(path.relative_to(TWINS))
        for path in TWINS.rglob(f"*{suffix}")
    }
    MANIFEST.write_text(json.dumps({"digest": digest(sources), "sources": sources, "files": made}, indent=1))


def main() -> None:
    sources = reached(MODULES)
    if set(MODULES) == {name for name in current() if name.startswith("lianfang.")}:
        return
    if not can_compile():
        install()
    if not can_compile():
        print(f"没有 C 编译器或 Python 头文件：{SLOWER[0]} · No C compiler or no Python headers: {SLOWER[1]}")
        return
    print("编译登记通道，约一分钟… · Compiling the scan lane, about a minute…", flush=True)
    try:
        build(sources)
    except (
        Exception,
        SystemExit,
    ) as error:  # a compiler that mypyc does not know must not keep anybody from setting up
        shutil.rmtree(TWINS, ignore_errors=True)
        print(f"编译失败：{SLOWER[0]} · It could not be compiled: {SLOWER[1]}\n{str(error)[:500]}")


if __name__ == "__main__":
    main()
