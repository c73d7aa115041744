"""The tests that stand beside a pack's rules."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from lianfang.plans.evaluate import Fact, held
from lianfang.plans.model import Example, Pack
from lianfang.plans.vocabulary import GRAVITY

BEGIN = datetime(2022, 1, 1, tzinfo=UTC)


def failures(pack: Pack) -> Iterator[str]:
    """Each example whose colour is another one."""
    for example in pack.examples:
        found = _colour(pack, example)
        if found != example.colour:
            yield f"examples「{example.name}」: 得到 {found}，应为 {example.colour} · found {found}, not {example.colour}"


def _colour(pack: Pack, example: Example) -> str:
    facts = [_fact(number, text) for number, text in enumerate(example.evidence, 1)]
    at = BEGIN + timedelta(days=example.day)
    active = [hold.colour for hold in held(lambda _: pack, facts) if hold.starts <= at < hold.ends]
    return max(active, key=lambda colour: GRAVITY[colour], default="green")


def _fact(number: int, text: str) -> Fact:
    day, kind, result = text.split()
    at = BEGIN + timedelta(days=float(day))
    return Fact(UUID(int=number), kind, result, at, None, at, "gate" if kind == "temperature" else "feed", 100)
