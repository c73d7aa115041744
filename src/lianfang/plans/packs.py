"""The packs that come with the product, read once."""

from datetime import date
from functools import cache
from importlib.resources import files

from lianfang.plans.check import parse
from lianfang.plans.model import Pack, PlanError


@cache
def packs() -> dict[str, Pack]:
    """By key; the oldest first."""
    folder = files(__package__).joinpath("packs")
    texts = {entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".toml")}
    found = sorted((parse(text, name) for name, text in texts.items()), key=lambda p: (p.effective_from, p.key))
    return {pack.key: pack for pack in found}


def pack(key: str) -> Pack:
    """PlanError for one that there is not."""
    try:
        return packs()[key]
    except KeyError:
        raise PlanError(key, [f"没有这个方案，可用 {', '.join(packs())} · no such plan"]) from None


def in_force(day: date) -> Pack:
    """What holds where nobody has decided anything: China's newest plan that has taken effect by this day."""
    national = [pack for pack in packs().values() if pack.key != "who"]
    return next((pack for pack in reversed(national) if pack.effective_from <= day), national[0])
