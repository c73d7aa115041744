"""Plans as the database takes them: rows of what triggers, ends and follows, with a province's own figures in them. Pure."""

from collections.abc import Collection, Iterable, Iterator
from itertools import product
from typing import Any, NamedTuple, get_args

import msgspec

from lianfang.plans.model import Rule
from lianfang.plans.store import Adoption
from lianfang.plans.vocabulary import Colour

MANUAL_ZH = "由两个单位的工作人员共同作出的人工管控，依据和理由已记录；您可以查看并申诉。"
MANUAL_EN = "Set by officials of two units together, for recorded reasons. You can look at them and appeal."


Brought = Collection[tuple[str, str]]
"""Kinds of evidence with their results."""


def parameters(adoptions: Iterable[Adoption], brought: Brought | None = None) -> dict[str, Any]:
    """What `known`, `wanted` and those after them ask for, of the rules that evidence so `brought` can concern, or of all. Rules,
    ways to be released and steps go by numbers in there: half a million rows are sorted and compared by them."""
    plans = list(adoptions)
    provinces = [a.province for a in plans if a.province]
    concerned = ((a, rule) for a in plans for rule in a.pack.rules if brought is None or _concerned(rule, brought))
    rules = [(n, a, rule) for n, (a, rule) in enumerate(concerned)]
    classes: dict[_Class, int] = {}
    releases = []
    for n, a, rule in rules:
        for nth, release in enumerate(rule.release):
            ends = _Class(release.kind, tuple(release.results), tuple(a.pack.ways), rule.confidence)
            number = classes.setdefault(ends, len(classes))
            releases.append({"rule": n, "n": nth, "class": number, "apart_hours": release.apart_hours})
    lasts = {n: sum(a.pack.days(step) for step in rule.steps) for n, a, rule in rules}
    longest = max(lasts.values(), default=0)
    steps = [row for n, a, rule in rules for row in _steps(n, a, rule)] + [row for a in plans for row in _by_hand(a)]
    return {
        "provinces": provinces,
        "plans": [a.plan for a in plans],
        "everybody": brought is None,
        "kinds": sorted({rule.kind for _, _, rule in rules} | {ends.kind for ends in classes}),
        "matters": _json(
            [row for n, a, rule in rules for row in _triggers(n, a, rule, lasts[n])]
            + [row for ends, n in classes.items() for row in _endings(n, ends, ["", *provinces], longest)]
        ),
        "releases": _json(releases),
        "steps": _json([{"n": n} | row for n, row in enumerate(steps)]),
    }


def _concerned(rule: Rule, brought: Brought) -> bool:
    """A decision is about any evidence; else a rule looks at what triggers it and at what releases."""
    asked = {(rule.kind, result) for result in rule.results}
    asked |= {(release.kind, result) for release in rule.release for result in release.results}
    return any(kind == "decision" or (kind, result) in asked for kind, result in brought)


class _Class(NamedTuple):
    """Evidence that ends holds; several rules ask for the same."""

    kind: str
    results: tuple[str, ...]
    ways: tuple[str, ...]
    confidence: int


def _json(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()


def _triggers(n: int, adoption: Adoption, rule: Rule, lasts: int) -> Iterator[dict[str, Any]]:
    """Each kind of evidence that the rule takes, as one row to compare with."""
    for result, way in product(set(rule.results), set(rule.ways or adoption.pack.ways)):
        yield {
            "province": adoption.province,
            "kind": rule.kind,
            "result": result,
            "way": way,
            "rule": n,
            "confidence": rule.confidence,
            "stale_days": rule.stale_days,
            "days": lasts,
        }


def _endings(n: int, ends: _Class, provinces: Iterable[str], longest: int) -> Iterator[dict[str, Any]]:
    """The same of evidence that ends holds, whosever order it is; `longest`: what was earlier than that ends nothing now."""
    for province, result, way in product(provinces, set(ends.results), set(ends.ways)):
        yield {
            "province": province,
            "kind": ends.kind,
            "result": result,
            "way": way,
            "class": n,
            "confidence": ends.confidence,
            "days": longest,
        }


def _of(adoption: Adoption) -> dict[str, Any]:
    return {"province": adoption.province, "plan": adoption.plan, "adoption_id": adoption.id}


def _steps(n: int, adoption: Adoption, rule: Rule) -> Iterator[dict[str, Any]]:
    day = 0
    for number, step in enumerate(rule.steps):
        days = adoption.pack.days(step)
        if days:
            yield _of(adoption) | {
                "rule": n,
                "key": rule.key,
                "reason_zh": rule.zh,
                "reason_en": rule.en,
                "step": number,
                "colour": step.colour,
                "from_day": day,
                "to_day": day + days,
            }
        day += days


def _by_hand(adoption: Adoption) -> Iterator[dict[str, Any]]:
    """A hold that two officials have signed is a step of no rule."""
    for colour in get_args(Colour):
        yield _of(adoption) | {
            "key": "manual",
            "reason_zh": MANUAL_ZH,
            "reason_en": MANUAL_EN,
            "step": 0,
            "colour": colour,
        }
