"""Plans as the database takes them: one row for each rule and each release, with a province's own figures in it. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from lianfang.plans.model import Rule
from lianfang.plans.store import Adoption

MANUAL_ZH = "由两个单位的工作人员共同作出的人工管控，依据和理由已记录；您可以查看并申诉。"
MANUAL_EN = "Set by officials of two units together, for recorded reasons. You can look at them and appeal."


def parameters(adoptions: Iterable[Adoption]) -> dict[str, Any]:
    """What `wanted` and `known` ask for."""
    plans = list(adoptions)
    return {
        "provinces": [a.province for a in plans if a.province],
        "plans": [a.plan for a in plans],
        "rules": _json([_rule(a, rule) for a in plans for rule in a.pack.rules]),
        "releases": _json([row for a in plans for rule in a.pack.rules for row in _releases(a, rule)]),
        "manual": _json([_of(a) | {"key": "manual", "reason_zh": MANUAL_ZH, "reason_en": MANUAL_EN} for a in plans]),
    }


def _json(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()


def _of(adoption: Adoption) -> dict[str, Any]:
    return {"province": adoption.province, "plan": adoption.plan, "adoption_id": adoption.id}


def _rule(adoption: Adoption, rule: Rule) -> dict[str, Any]:
    pack = adoption.pack
    steps, day = [], 0
    for number, step in enumerate(rule.steps):
        days = pack.days(step)
        if days:
            steps.append({"step": number, "colour": step.colour, "from_day": day, "to_day": day + days})
        day += days
    return _of(adoption) | {
        "key": rule.key,
        "kind": rule.kind,
        "results": rule.results,
        "ways": rule.ways or pack.ways,
        "confidence": rule.confidence,
        "stale_days": rule.stale_days,
        "reason_zh": rule.zh,
        "reason_en": rule.en,
        "steps": steps,
    }


def _releases(adoption: Adoption, rule: Rule) -> Iterator[dict[str, Any]]:
    for number, release in enumerate(rule.release):
        yield {
            "province": adoption.province,
            "key": rule.key,
            "n": number,
            "kind": release.kind,
            "results": release.results,
            "ways": adoption.pack.ways,
            "confidence": rule.confidence,
            "apart_hours": release.apart_hours,
        }
