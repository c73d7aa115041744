"""Whatever the product says to people it says in both languages, with the same facts in both."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path
from string import Formatter
from types import ModuleType
from typing import Any

import pytest

import lianfang
from lianfang.kit.errors import ProblemType, Text, render

MODULES = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(lianfang.__path__, "lianfang.")
    if "__main__" not in module.name
]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def texts_of(module: ModuleType) -> dict[str, tuple[str, str]]:
    """name → (Chinese, English) of every problem and text that a module declares."""
    found: dict[str, tuple[str, str]] = {}

    def look(name: str, value: Any) -> None:
        if isinstance(value, ProblemType | Text):
            found[name] = (value.zh, value.en)
        elif isinstance(value, dict):
            for key, part in value.items():
                look(f"{name}[{key}]", part)

    for name, value in vars(module).items():
        look(f"{module.__name__}.{name}", value)
    return found


TEXTS = {name: pair for module in MODULES for name, pair in texts_of(module).items()}
PROBLEMS = {
    value.code: value for module in MODULES for value in vars(module).values() if isinstance(value, ProblemType)
}


def written_in_calls() -> dict[str, tuple[str, str]]:
    """place → (Chinese, English) of the sentences given to wrong_field(field, code, zh, en) where they are used."""
    found = {}
    for path in Path(lianfang.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "wrong_field":
                pair = [part.value for part in node.args[2:4] if isinstance(part, ast.Constant)]
                if len(pair) == 2:
                    found[f"{path.name}:{node.lineno}"] = (str(pair[0]), str(pair[1]))
    return found


CALLS = written_in_calls()
EVERYTHING = TEXTS | CALLS


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_the_texts_are_found() -> None:
    assert len(PROBLEMS) > 35
    assert len(CALLS) > 12
    assert len(EVERYTHING) > 70


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_text_speaks_both_languages_and_states_the_same_facts(name: str) -> None:
    zh, en = EVERYTHING[name]
    assert CHINESE.search(zh), "no Chinese"
    assert en, "no English"
    assert not CHINESE.search(en), "Chinese in the English text"
    assert places(zh) == places(en), "the two texts fill in different values"
    assert zh.strip() == zh
    assert en.strip() == en


def test_a_code_means_one_problem() -> None:
    """Programs match on the code, so the same code has the same status and the same words everywhere."""
    seen: dict[str, ProblemType] = {}
    for module in MODULES:
        for value in vars(module).values():
            if isinstance(value, ProblemType):
                assert seen.setdefault(value.code, value) == value, value.code
                assert re.fullmatch(r"[a-z][a-z0-9_]*", value.code)
                assert 400 <= value.status < 600


@pytest.mark.parametrize("code", PROBLEMS)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_problem_is_rendered_with_its_values(code: str, language: Any) -> None:
    kind = PROBLEMS[code]
    details = render(kind(**dict.fromkeys(places(kind.zh), 7)), language)
    assert "{" not in details.detail
    assert (details.code, details.status) == (code, kind.status)
    assert details.title
