"""What a pack must fulfil beyond its types, and what a province may change in it: only towards stricter. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from lianfang.plans.model import Management, Pack, Parameters, PlanError, Release, Rule
from lianfang.plans.vocabulary import GRAVITY, RESULTS, WAYS, Kind

Direction = Literal["more", "fewer", "yes"]
# what stricter means, by the path's last part
STRICTER: Mapping[str, Direction] = {
    "window_days": "more",
    "after_onset_days": "more",
    "stay_days": "more",
    "tail_minutes": "more",
    "cell_days": "more",
    "central_days": "more",
    "home_days": "more",
    "overlap_minutes": "fewer",
    "cell_minutes": "fewer",
    "fever_celsius": "fewer",
    "second_degree": "yes",
}


def parse(text: str, title: str) -> Pack:
    """A pack from its TOML; PlanError says every fault."""
    try:
        pack = msgspec.toml.decode(text, type=Pack)
    except msgspec.ValidationError as error:
        raise PlanError(title, [f"{error}；请按该处的类型改正 · correct what stands there"]) from error
    except msgspec.DecodeError as error:
        raise PlanError(title, [f"不是 TOML：{error} · not TOML"]) from error
    if errors := list(faults(pack)):
        raise PlanError(title, errors)
    return pack


def faults(pack: Pack) -> Iterator[str]:
    """What is wrong with a pack whose types are right."""
    keys = [rule.key for rule in pack.rules]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield f"rules: {key} 出现两次，请改名 · stands there twice, rename one"
    yield from _ways("ways", pack.ways)
    for level in pack.areas.fall_after_days:
        if level not in pack.areas.levels:
            yield f"areas.fall_after_days.{level}: 不在 levels 中 · is not one of the levels"
    for name, management in pack.management.items():
        yield from _management(f"management.{name}", management)
    for rule in pack.rules:
        yield from _rule(pack, rule)


def _rule(pack: Pack, rule: Rule) -> Iterator[str]:
    place = f"rules.{rule.key}"
    if rule.key == "manual" or rule.kind == "decision":
        yield f"{place}: 人工赋码由系统处理，方案不写 · manual holds are no part of a plan"
    yield from _results(place, rule.kind, rule.results)
    yield from _ways(f"{place}.ways", rule.ways or ())
    for number, step in enumerate(rule.steps):
        if isinstance(step.days, str):
            name, _, field = step.days.partition(".")
            if name not in pack.management or field not in ("central_days", "home_days"):
                yield f"{place}.steps[{number}].days: 没有 {step.days}，请写天数或 management 中的一项 · names nothing in management"
        if number and GRAVITY[step.colour] > GRAVITY[rule.steps[number - 1].colour]:
            yield f"{place}.steps[{number}]: 颜色不能越来越重 · a later step may not be graver"
    for number, release in enumerate(rule.release):
        yield from _release(f"{place}.release[{number}]", release)


def _release(place: str, release: Release) -> Iterator[str]:
    yield from _results(place, release.kind, release.results)
    if release.kind == "decision":
        yield f"{place}: 人工解除由系统处理 · manual releases are no part of a plan"
    if (release.count == 2) != (release.apart_hours > 0):
        yield f"{place}: 两次须写 apart_hours，一次不写 · apart_hours belongs to a count of two"


def _results(place: str, kind: Kind, results: tuple[str, ...]) -> Iterator[str]:
    known = RESULTS[kind]
    if known:
        for result in results:
            if result not in known:
                yield f"{place}.results: {kind} 没有 {result}，可用 {', '.join(sorted(known))} · no such result"


def _ways(place: str, ways: tuple[str, ...]) -> Iterator[str]:
    for way in ways:
        if way not in WAYS:
            yield f"{place}: 不可信的途径 {way}，可用 {', '.join(sorted(WAYS))} · no rule may trust this way"


def _management(place: str, management: Management) -> Iterator[str]:
    for field, days, last in (
        ("tests", management.tests, management.central_days or management.home_days),
        ("home_tests", management.home_tests, management.home_days),
    ):
        if list(days) != sorted(set(days)):
            yield f"{place}.{field}: 请按先后写，不重复 · in order, each once"
        if days and days[-1] > last:
            yield f"{place}.{field}: 第 {days[-1]} 天已超出 {last} 天 · after the last day"


def stricter(pack: Pack, parameters: Parameters) -> Pack:
    """The pack with a province's figures; PlanError where one is unknown, of a wrong type, or not stricter."""
    tree = msgspec.to_builtins(pack)
    errors = [error for path, value in parameters.items() for error in _put(tree, path, value)]
    if errors:
        raise PlanError(pack.id, errors)
    try:
        local = msgspec.convert(tree, Pack)
    except msgspec.ValidationError as error:
        raise PlanError(pack.id, [f"{error}；请改正该数 · correct that figure"]) from error
    if found := list(faults(local)):
        raise PlanError(pack.id, found)
    return local


def _put(tree: dict[str, Any], path: str, value: Any) -> Iterator[str]:
    *above, last = path.split(".")
    node: Any = tree
    for part in above:
        node = node.get(part) if isinstance(node, dict) else None
    direction = STRICTER.get(last)
    if direction is None or not isinstance(node, dict) or last not in node:
        yield f"{path}: 不能由地方调整 · not a figure that a province may change"
        return
    there = node[last]
    if isinstance(there, bool) != isinstance(value, bool) or not isinstance(value, int | float):
        yield f"{path}: 须与 {there} 同类 · must be of the same type"
    elif not (value <= there if direction == "fewer" else value >= there):
        yield f"{path}: {value} 比方案的 {there} 宽松，只能更严 · is laxer than the plan, only stricter is allowed"
    else:
        node[last] = value
