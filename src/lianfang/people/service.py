"""Verbs on people: prove a phone, register, sign in, sign out, import."""

import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from lianfang.access.scope import Scope, scoped
from lianfang.access.throttle import Limit, spend
from lianfang.audit import store as audit
from lianfang.config import Settings
from lianfang.kit import identifiers
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_SIGNED_IN, FieldError, Language, invalid, wrong_field
from lianfang.notices.service import post_sms
from lianfang.people import store, tokens
from lianfang.people.model import (
    CodeSent,
    DocumentType,
    ImportedId,
    ImportedPerson,
    Me,
    PeopleImport,
    PeopleImported,
    Registration,
    RejectedPerson,
    StoredPerson,
    masked,
    unlock,
)
from lianfang.people.problems import CANNOT_SEND, CODE_WRONG, DOCUMENT_TAKEN, IDENTIFIER_TEXTS, NAME_DIFFERS, TOO_MANY
from lianfang.people.store import NewPerson
from lianfang.people.tokens import ResidentToken

CODE_VALID = timedelta(minutes=5)
RESEND_AFTER = timedelta(seconds=60)
CODE_TRIES = 5
BULK_MAX = 1000
# one phone, and one address (a family or an office behind one router): nobody floods a stranger with messages
CODES_PER_PHONE = Limit("codes by phone", 10, timedelta(days=1))
CODES_PER_ADDRESS = Limit("codes by address", 60, timedelta(hours=1))
NAMES_BY_ACCOUNT = Limit("wrong names by account", 30, timedelta(hours=1))
REGISTRATIONS_PER_ADDRESS = Limit("registrations by address", 120, timedelta(hours=1))


async def send_code(identity: Database, keys: Keys, settings: Settings, phone: str, address: str) -> CodeSent:
    """Puts a six-digit code on its way to a phone; in the demo it is returned instead."""
    errors: list[FieldError] = []
    number = _checked("phone", identifiers.phone, phone, errors)
    if errors:
        raise invalid(*errors)
    if not settings.demo and not settings.sms_url:
        raise CANNOT_SEND(retry_after_s=60)
    await spend(identity, keys, CODES_PER_ADDRESS, address)
    await spend(identity, keys, CODES_PER_PHONE, number)
    now = clock_now()
    code = f"{secrets.randbelow(1_000_000):06d}"
    async with identity.transaction() as conn:
        fresh = await store.identity_put_code(
            conn,
            phone=store.phone_index(keys, number),
            digest=keys.code_digest(number, code),
            now=now,
            expires_at=now + CODE_VALID,
            resend_before=now if settings.demo else now - RESEND_AFTER,  # the demo sends nothing
        )
        if fresh and not settings.demo:
            # a message that is late must not arrive after the code that replaces it
            await post_sms(conn, keys, number, settings.sms_template, {"code": code}, now + RESEND_AFTER)
    wait = int(RESEND_AFTER.total_seconds())
    # a second request within the minute is answered like the first: the code already sent stays good
    return CodeSent(int(CODE_VALID.total_seconds()), wait, code if settings.demo and fresh else None)


# what a room above does in the transaction of a registration, with the person's id
OnRegistered = Callable[[Connection, int], Awaitable[None]]


async def register(
    identity: Database, keys: Keys, form: Registration, address: str, on_registered: OnRegistered
) -> tuple[Me, str]:
    """The person, masked, and their session token."""
    errors: list[FieldError] = []
    name = _checked("name", identifiers.person_name, form.name, errors)
    document = _checked(
        "document_number", lambda text: identifiers.document(form.document_type, text), form.document_number, errors
    )
    phone = _checked("phone", identifiers.phone, form.phone, errors)
    if not form.consent:
        errors.append(
            wrong_field(
                "consent",
                "required",
                "登记需要您的单独同意；不同意可请工作人员纸质登记。",
                "Registering needs your separate consent; without it, ask the attendant for a paper form.",
            )
        )
    if errors:
        raise invalid(*errors)
    await spend(identity, keys, REGISTRATIONS_PER_ADDRESS, address)
    now = clock_now()
    mine = store.phone_index(keys, phone)
    if not tokens.phone_proven(keys, form.phone_proof, phone, now):
        async with identity.transaction() as conn:
            digest = await store.identity_try_code(conn, phone=mine, now=now, max_tries=CODE_TRIES)
        if digest is None or not hmac.compare_digest(digest, keys.code_digest(phone, form.code.strip())):
            raise CODE_WRONG(
                errors=[wrong_field("code", "wrong", "验证码不正确或已过期。", "The code is wrong or has expired.")]
            )
    async with identity.transaction() as conn:
        row = await _find_or_create(conn, keys, NewPerson(form.document_type, document, name, phone, now))
        await store.identity_drop_code(conn, mine)
        await on_registered(conn, row.id)
    return masked(unlock(keys, row)), tokens.issue(keys, row.id, row.epoch, now, row.name)


async def _find_or_create(conn: Connection, keys: Keys, new: NewPerson) -> StoredPerson:
    created = await store.identity_insert(conn, keys, [new])
    index = store.document_index(keys, new.document_type, new.document)
    row = await store.identity_find_by_document(conn, index)
    assert row is not None
    person = unlock(keys, row)
    if not created and (person.phone != new.phone or not identifiers.same_name(person.name, new.name)):
        raise DOCUMENT_TAKEN()
    if created:
        await audit.record(Scope.resident(row.id), conn, "people.register", f"person:{row.id}")
    return row


async def signed_in(db: Database, token: ResidentToken) -> Scope | None:
    """The scope of a resident's token, unless the person is gone or ended their sessions since."""
    scope = Scope.resident(token.person_id)
    async with scoped(db, scope) as conn:
        row = await store.find(scope, conn, token.person_id)
    return scope if row is not None and row.epoch == token.epoch else None


async def me(db: Database, keys: Keys, scope: Scope) -> Me:
    """The signed-in resident, masked."""
    assert scope.person_id is not None
    async with scoped(db, scope) as conn:
        row = await store.find(scope, conn, scope.person_id)
    if row is None:
        raise NOT_SIGNED_IN()
    return masked(unlock(keys, row))


async def sign_out(identity: Database, scope: Scope) -> None:
    """Ends every session of this person: a lost phone is signed out from another one."""
    assert scope.person_id is not None
    async with identity.transaction() as conn:
        await store.identity_end_sessions(conn, scope.person_id)
        await audit.record(scope, conn, "people.sign_out", f"person:{scope.person_id}")


async def import_people(
    identity: Database, keys: Keys, scope: Scope, account_id: int, request: PeopleImport, language: Language
) -> PeopleImported:
    """People of another system, by their document. A person already known is left as they are."""
    if len(request.people) > BULK_MAX:
        raise TOO_MANY(max=BULK_MAX)
    good: dict[bytes, tuple[NewPerson, list[str]]] = {}
    rejected = []
    for index, given in enumerate(request.people):
        errors: list[FieldError] = []
        document = _checked(
            "document_number",
            lambda text, kind=given.document_type: identifiers.document(kind, text),  # type: ignore[misc]
            given.document_number,
            errors,
        )
        name = _checked("name", identifiers.person_name, given.name, errors)
        phone = _checked("phone", identifiers.phone, given.phone, errors) if given.phone else None
        if errors:
            rejected += [RejectedPerson(index, e.field, e.code, e.text.show(language)) for e in errors[:1]]
            continue
        key = store.document_index(keys, given.document_type, document)
        good.setdefault(key, (NewPerson(given.document_type, document, name, phone), []))[1].append(
            given.document_number
        )
    async with identity.transaction() as conn:
        before = await store.identity_known_documents(conn, list(good))
        fresh = [new for key, (new, _) in good.items() if key not in before]
        if fresh:
            await store.identity_insert(conn, keys, fresh)
        known = await store.identity_known_documents(conn, list(good))
        await audit.record(
            scope, conn, "people.import", "people", created=len(known) - len(before), existing=len(before)
        )
    items = [
        ImportedId(number, tokens.refer(keys, known[key], account_id))
        for key, (_, numbers) in good.items()
        for number in numbers
    ]
    created = len(known) - len(before)
    return PeopleImported(items, created, len(items) - created, rejected)


async def enter(
    identity: Database, keys: Keys, scope: Scope, account_id: int, given: ImportedPerson, *, field: str = "person"
) -> int:
    """The person with a document that an attendant reads; one who is not known yet is registered, without consent to anything.

    Whoever is known is found only with the name on the document: knowing a number must not be enough to make somebody
    visible at one's own door. `field`: where the person stands in what was sent.
    """
    errors: list[FieldError] = []
    kind = given.document_type
    document = _checked(
        f"{field}.document_number", lambda text: identifiers.document(kind, text), given.document_number, errors
    )
    name = _checked(f"{field}.name", identifiers.person_name, given.name, errors)
    phone = _checked(f"{field}.phone", identifiers.phone, given.phone, errors) if given.phone else None
    if errors:
        raise invalid(*errors)
    async with identity.transaction() as conn:
        created = await store.identity_insert(conn, keys, [NewPerson(kind, document, name, phone)])
        row = await store.identity_find_by_document(conn, store.document_index(keys, kind, document))
        assert row is not None
        if created:
            await audit.record(scope, conn, "people.enter", f"person:{row.id}")
    if not identifiers.same_name(unlock(keys, row).name, name):
        await spend(identity, keys, NAMES_BY_ACCOUNT, str(account_id))
        raise NAME_DIFFERS()
    return row.id


async def ensure_people(identity: Database, keys: Keys, people: Mapping[bytes, NewPerson]) -> dict[bytes, int]:
    """The ids of people by the blind index of their document; whoever is unknown is stored, without having consented. What
    is stored of the others stays as it is."""
    async with identity.transaction() as conn:
        known = await store.identity_known_documents(conn, list(people))
        fresh = {index: person for index, person in people.items() if index not in known}
        if fresh:
            known |= await store.identity_insert(conn, keys, list(fresh.values()))
        if missed := [index for index in fresh if index not in known]:  # registered by somebody else meanwhile
            known |= await store.identity_known_documents(conn, missed)
    return known


def checked_person(kind: DocumentType, document: str, name: str, phone: str, errors: list[FieldError]) -> NewPerson:
    """Somebody as another resident names them; what is wrong is added to `errors`."""
    return NewPerson(
        kind,
        _checked("document_number", lambda text: identifiers.document(kind, text), document, errors),
        _checked("name", identifiers.person_name, name, errors),
        _checked("phone", identifiers.phone, phone, errors) if phone else None,
    )


async def phone_agrees(identity: Database, keys: Keys, phone: str, code: str) -> bool:
    """Whether this is the one-time code that was sent to a phone. A right one is used up."""
    mine = store.phone_index(keys, phone)
    async with identity.transaction() as conn:
        digest = await store.identity_try_code(conn, phone=mine, now=clock_now(), max_tries=CODE_TRIES)
        right = digest is not None and hmac.compare_digest(digest, keys.code_digest(phone, code.strip()))
        if right:
            await store.identity_drop_code(conn, mine)
    return right


def possible_documents(keys: Keys, text: str) -> list[bytes]:
    """The blind indexes under which a document number could be stored: one per type that it could belong to.

    IdentifierError for what can only be a mistyped resident ID: an empty answer would say that the person was not here.
    """
    if identifiers.looks_like_resident_id(text):
        identifiers.resident_id(text)
    kinds: tuple[DocumentType | str, ...] = (
        "resident_id",
        "passport",
        "hk_macau_permit",
        "taiwan_permit",
        "foreign_permanent_resident",
        "other",
    )
    found = []
    for kind in kinds:
        try:
            found.append(store.document_index(keys, kind, identifiers.document(kind, text)))
        except identifiers.IdentifierError:
            continue
    return found


def _checked(field: str, validate: Callable[[str], str], text: str, errors: list[FieldError]) -> str:
    """The normalised text, or an entry in `errors`."""
    try:
        return validate(text)
    except identifiers.IdentifierError as error:
        errors.append(FieldError(field, error.code, IDENTIFIER_TEXTS[error.code]))
        return ""
