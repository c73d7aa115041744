"""The plans there are, and those that count: by province and since when."""

from datetime import UTC, datetime, time

from lianfang.adoptions.model import Care, InBoth, InForce, PackContent, PackSummary, Plans, RuleContent, RuleStep
from lianfang.adoptions.problems import PLAN_UNKNOWN
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Database
from lianfang.plans import packs
from lianfang.plans import store as plans
from lianfang.plans.model import Pack, PlanError
from lianfang.plans.store import Adoption
from lianfang.staff import store as staff


async def show(identity: Database, worker: Database) -> Plans:
    at = clock_now()
    async with worker.transaction() as conn:
        counting = await plans.worker_in_force(conn, at)
        coming = await plans.worker_coming(conn)
    counting.setdefault("", _by_default(packs.in_force(at.date())))
    accounts = {int(part.removeprefix("staff:")) for a in [*counting.values(), *coming] for part in _officials(a)}
    async with identity.transaction() as conn:
        names = await staff.identity_names(conn, accounts)
    return Plans(
        [
            PackSummary(p.key, p.id, p.name, p.name_en, p.source, p.effective_from, len(p.rules))
            for p in packs.packs().values()
        ],
        [_in_force(adoption, names) for adoption in sorted(counting.values(), key=lambda a: a.province)],
        [_in_force(adoption, names) for adoption in coming],
    )


def content(key: str) -> PackContent:
    found = chosen(key)
    contacts = found.contacts
    return PackContent(
        found.id,
        found.name,
        found.name_en,
        found.source,
        found.effective_from,
        found.fever_celsius,
        found.manual_days,
        contacts.window_days,
        contacts.after_onset_days,
        contacts.overlap_minutes,
        contacts.tail_minutes,
        contacts.second_degree,
        contacts.cell_metres,
        contacts.cell_minutes,
        contacts.cell_days,
        [Care(who, one.central_days, one.home_days, list(one.tests)) for who, one in found.management.items()],
        [InBoth(one.zh, one.en) for one in found.transport],
        [
            RuleContent(
                rule.key,
                rule.clause,
                rule.zh,
                rule.en,
                rule.kind,
                list(rule.results),
                [RuleStep(step.colour, found.days(step)) for step in rule.steps],
                [InBoth(release.zh, release.en) for release in rule.release],
            )
            for rule in found.rules
        ],
    )


def chosen(key: str) -> Pack:
    """Problem `plan_unknown`."""
    try:
        return packs.pack(key)
    except PlanError:
        raise PLAN_UNKNOWN(plan=key, known="、".join(packs.packs())) from None


def _by_default(pack: Pack) -> Adoption:
    """Nobody has decided anything yet, nor was anybody coloured."""
    since = datetime.combine(pack.effective_from, time(), UTC)
    return Adoption(0, "", pack, {}, since, "", since)


def _officials(adoption: Adoption) -> list[str]:
    return [part for part in adoption.decided_by.split("+") if part.startswith("staff:")]


def _in_force(adoption: Adoption, names: dict[int, str]) -> InForce:
    pack = adoption.pack
    by = [names.get(int(part.removeprefix("staff:")), part) for part in _officials(adoption)]
    return InForce(
        adoption.province,
        adoption.plan,
        pack.name,
        pack.name_en,
        adoption.starts_at,
        adoption.applied_at,
        by,
        adoption.parameters,
    )
