"""/authorities, /feed, /certificates"""

import asyncio
from typing import Any

from litestar import Request, Response, Router, get, post

from lianfang.access.rules import AUTHORITY, RESIDENT, staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.intake import authorities, certificates, feed, imports, template, withdrawing
from lianfang.intake.certificates import CertificateOf, CertificateTaken, ShownCertificate
from lianfang.intake.model import (
    Authority,
    AuthoritySession,
    BatchAnswer,
    EvidenceBatch,
    EvidenceFile,
    EvidenceImport,
    EvidenceImportStarted,
    EvidenceRefusal,
    NewAuthority,
)
from lianfang.intake.withdrawing import NewWithdrawal, Withdrawal, WithdrawalDecision
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.kit.sheets import downloads
from lianfang.staff.model import StaffSession


@get("/authorities", **staff("evidence.trust"))
async def list_authorities(
    db: Database, acting: Scope, cursor: str | None = None, limit: int | None = None
) -> Page[Authority]:
    """Keys of authorities that may send evidence."""
    return await authorities.list_authorities(db, acting, cursor, limit)


@post("/authorities", **staff("evidence.trust"))
async def register_authority(db: Database, acting: Scope, session: StaffSession, data: NewAuthority) -> Authority:
    """Registers a key; somebody above has to confirm it."""
    return await authorities.register(db, acting, session.account_id, data)


@post("/authorities/{authority_id:int}/confirm", status_code=200, **staff("evidence.trust"))
async def confirm_authority(db: Database, acting: Scope, session: StaffSession, authority_id: int) -> Authority:
    """From now on its signature counts."""
    return await authorities.confirm(db, acting, session.account_id, authority_id)


@post("/authorities/{authority_id:int}/void", status_code=200, **staff("evidence.trust"))
async def void_authority(db: Database, acting: Scope, session: StaffSession, authority_id: int) -> Authority:
    """Its signature counts no longer."""
    return await authorities.void(db, acting, session.account_id, authority_id)


@post("/authorities/{authority_id:int}/withdraw", **staff("evidence.trust"))
async def withdraw_of_authority(
    db: Database, acting: Scope, session: StaffSession, authority_id: int, data: NewWithdrawal
) -> Withdrawal:
    """Asks that what a void key has stated be taken back; it stands until a second official has accepted that."""
    return await withdrawing.ask_of_authority(db, acting, session.account_id, authority_id, data)


@post("/signers/{signer_id:int}/withdraw", **staff("evidence.trust"))
async def withdraw_of_signer(
    db: Database, acting: Scope, session: StaffSession, signer_id: int, data: NewWithdrawal
) -> Withdrawal:
    """The same of certificates that a void key of the trust list has signed."""
    return await withdrawing.ask_of_signer(db, acting, session.account_id, signer_id, data)


@get("/withdrawals", **staff("evidence.trust"))
async def list_withdrawals(
    db: Database, acting: Scope, session: StaffSession, cursor: str | None = None, limit: int | None = None
) -> Page[Withdrawal]:
    """What one's own unit and those below have asked to take back."""
    return await withdrawing.list_withdrawals(db, acting, session.account_id, cursor, limit)


@post("/withdrawals/{withdrawal_id:int}/decide", status_code=200, **staff("evidence.trust"))
async def decide_withdrawal(
    db: Database,
    keys: Keys,
    acting: Scope,
    session: StaffSession,
    language: Language,
    withdrawal_id: int,
    data: WithdrawalDecision,
) -> Withdrawal:
    """Accepted by a second official, the evidence is superseded and colours follow. Problem `second_person`."""
    return await withdrawing.decide(
        db, keys, acting, session.account_id, withdrawal_id, accept=data.accept, language=language
    )


@post("/feed", status_code=200, **AUTHORITY)
async def receive_batch(
    request: Request[Any, Any, Any],
    worker_db: Database,
    identity: Database,
    keys: Keys,
    authority: AuthoritySession,
    language: Language,
    data: EvidenceBatch,
) -> BatchAnswer:
    """A signed batch of evidence (`Lianfang-Authority`: the key's number; `Lianfang-Signature`: Ed25519 of the whole body, in
    Base64). The same batch again gets the same answer and changes nothing."""
    return await feed.receive(worker_db, identity, keys, authority, data, await request.body(), language)


@post("/me/certificates", status_code=200, **RESIDENT)
async def submit_certificate(
    identity: Database, worker_db: Database, keys: Keys, settings: Settings, acting: Scope, data: ShownCertificate
) -> CertificateTaken:
    """One's own health certificate of another country (`HC1:`, `shc:/`): verified, compared with oneself, and kept."""
    return await certificates.take_own(identity, worker_db, keys, acting, settings.zone, data)


@post("/certificates", status_code=200, **staff("evidence.import"))
async def take_certificate(
    db: Database,
    identity: Database,
    worker_db: Database,
    keys: Keys,
    settings: Settings,
    acting: Scope,
    session: StaffSession,
    data: CertificateOf,
) -> CertificateTaken:
    """The same for a registered person who shows it with their document."""
    return await certificates.take_shown(db, identity, worker_db, keys, acting, session.account_id, settings.zone, data)


@get("/evidence/template.xlsx", media_type=downloads.XLSX, **staff("evidence.import"))
async def show_evidence_template(language: Language) -> Response[bytes]:
    """The workbook to fill in."""
    content = await asyncio.to_thread(template.build, language)
    disposition = {"content-disposition": 'attachment; filename="lianfang-evidence.xlsx"'}
    return Response(content, media_type=downloads.XLSX, headers=disposition)


@post("/evidence/imports", status_code=202, **staff("evidence.import"))
async def start_evidence_import(
    db: Database, keys: Keys, acting: Scope, session: StaffSession, language: Language, data: EvidenceFile
) -> EvidenceImportStarted:
    """Reads an uploaded file (XLSX, CSV, FHIR R4 bundle), or only says what is in it; a run."""
    return await imports.start(db, keys, acting, session.account_id, data, language)


@get("/evidence/imports", **staff("evidence.import"))
async def list_evidence_imports(
    db: Database, acting: Scope, cursor: str | None = None, limit: int | None = None
) -> Page[EvidenceImport]:
    """Files that were sent, newest first."""
    return await imports.list_imports(db, acting, cursor, limit)


@post("/evidence/imports/{import_id:int}/accept", status_code=202, **staff("evidence.trust"))
async def accept_evidence_import(
    db: Database, keys: Keys, acting: Scope, session: StaffSession, language: Language, import_id: int
) -> EvidenceImportStarted:
    """A second administrator, of a unit above, answers for the file: it becomes evidence; a run."""
    return await imports.accept(db, keys, acting, session.account_id, import_id, language)


@post("/evidence/imports/{import_id:int}/refuse", status_code=204, **staff("evidence.trust"))
async def refuse_evidence_import(
    db: Database, worker_db: Database, acting: Scope, session: StaffSession, import_id: int, data: EvidenceRefusal
) -> None:
    """It does not count; its rows are dropped."""
    await imports.refuse(db, worker_db, acting, session.account_id, import_id, data.note)


router = Router(
    "/",
    route_handlers=[
        list_authorities,
        register_authority,
        confirm_authority,
        void_authority,
        withdraw_of_authority,
        withdraw_of_signer,
        list_withdrawals,
        decide_withdrawal,
        receive_batch,
        submit_certificate,
        take_certificate,
        show_evidence_template,
        start_evidence_import,
        list_evidence_imports,
        accept_evidence_import,
        refuse_evidence_import,
    ],
    tags=["evidence"],
)
