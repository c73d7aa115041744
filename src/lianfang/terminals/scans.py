"""A terminal's scan: who it is, through the same lane as an attendant's, with as little told as the gate needs."""

from datetime import timedelta

from lianfang.access.throttle import Limit, spend
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language, Problem
from lianfang.people import service as people
from lianfang.people import tokens
from lianfang.people.problems import NAME_DIFFERS
from lianfang.terminals.model import TerminalScan, TerminalSession, TerminalVerdict
from lianfang.terminals.problems import ONE_WAY, SEE_ATTENDANT
from lianfang.terminals.service import scope_of
from lianfang.visits.gate_model import GateScan
from lianfang.visits.model import Stamp
from lianfang.visits.staff_scan import StaffScans

SCANS = Limit("scans by terminal", 120, timedelta(minutes=1))


async def take(
    identity: Database,
    keys: Keys,
    staff_scans: StaffScans,
    terminal: TerminalSession,
    sent: TerminalScan,
    language: Language,
) -> TerminalVerdict:
    """The verdict. A document that can't be read, that belongs to another name, and a reference that is not this terminal's
    get one and the same answer: the attendant looks."""
    if sum(way is not None for way in (sent.document, sent.person, sent.token)) != 1:
        raise ONE_WAY()
    await spend(identity, keys, SCANS, str(terminal.id))
    person_id = None if sent.token is not None else await _person(identity, keys, terminal, sent)
    scan = GateScan(scan_id=sent.scan_id, token=sent.token, celsius=sent.celsius, at=sent.at)
    outcome = await staff_scans.take(
        scope_of(terminal), terminal.registered_by, terminal.checkpoint_id, scan, language, person_id=person_id
    )
    reference = tokens.refer(keys, person_id, -terminal.id) if person_id is not None else None
    if isinstance(outcome, Stamp):
        return TerminalVerdict(outcome, None, reference)
    return TerminalVerdict(None, outcome, reference)


async def _person(identity: Database, keys: Keys, terminal: TerminalSession, sent: TerminalScan) -> int:
    if sent.document is None:
        person_id = tokens.referred(keys, sent.person or "", -terminal.id)
        if person_id is None:
            raise SEE_ATTENDANT()
        return person_id
    try:
        # negative, as for references: a terminal's wrong names are not counted as those of an account
        return await people.enter(identity, keys, scope_of(terminal), -terminal.id, sent.document)
    except Problem as problem:
        if problem.type is NAME_DIFFERS or problem.errors:
            raise SEE_ATTENDANT() from None
        raise
