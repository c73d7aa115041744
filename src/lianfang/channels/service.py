"""Verbs: leave for a provider, come back, sign in with a mini-program's code, join an identity to a person, part them again."""

import base64
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

import structlog

from lianfang.access.scope import Scope, scoped
from lianfang.access.throttle import Limit, spend
from lianfang.audit import store as audit
from lianfang.channels import links, store
from lianfang.channels.model import (
    AppLogin,
    Attempt,
    ChannelName,
    CodeChannel,
    Identity,
    JsSignature,
    Linked,
    ProvenPhone,
    RedirectName,
    RefusedError,
    Result,
    SnapshotError,
    UnavailableError,
)
from lianfang.channels.problems import BAD_RETURN, CHANNEL_OFF, CHANNEL_REFUSED, CHANNEL_UNAVAILABLE
from lianfang.channels.registry import Channels
from lianfang.channels.store import Names
from lianfang.config import Settings
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.people import tokens
from lianfang.people.model import masked, unlock
from lianfang.people.store import identity_find as find_person

log = structlog.get_logger(__name__)

LOGIN_VALID = timedelta(minutes=10)
HOME = "/h5/register"
# only pages of ours, so that a link of ours sends nobody elsewhere
RETURN_PATH = re.compile(r"/v/[0-9A-Za-z]{1,40}|/h5(/[a-z0-9-]{1,40}){0,3}/?")
# a works canteen or a village behind one router signs in at once; whoever tries codes needs far more
LOGINS_PER_ADDRESS = Limit("channel logins by address", 600, timedelta(hours=1))
SIGNATURES_PER_ADDRESS = Limit("page signatures by address", 1200, timedelta(hours=1))


class Ended(NamedTuple):
    """How a login by redirect ended: where to, and the token or the link that goes along."""

    path: str
    result: Result
    token: str = ""
    link: str = ""


async def leave(
    identity: Database,
    keys: Keys,
    settings: Settings,
    channels: Channels,
    name: RedirectName,
    *,
    back: str,
    browser: str,
    tapped: bool,
    client_address: str,
) -> str:
    """The provider's address for this login. `browser`: a secret that this browser alone keeps, so that nobody can be made
    to finish a login that somebody else began."""
    channel = channels.redirect.get(name)
    if channel is None:
        raise CHANNEL_OFF()
    if not RETURN_PATH.fullmatch(back):
        raise BAD_RETURN()
    await spend(identity, keys, LOGINS_PER_ADDRESS, client_address)
    attempt = _attempt(keys, secrets.token_hex(16), browser)
    try:
        url = await channel.authorize_url(attempt, redirect_uri(settings, name), tapped=tapped)
    except UnavailableError as error:
        raise _unavailable(name, error) from None
    async with identity.transaction() as conn:
        await store.identity_begin(
            conn,
            state_digest=keys.code_digest("channel state", attempt.state),
            channel=name,
            browser_digest=keys.code_digest("channel browser", browser),
            return_path=back,
            expires_at=clock_now() + LOGIN_VALID,
        )
    return url


async def come_back(
    identity: Database,
    keys: Keys,
    settings: Settings,
    channels: Channels,
    name: RedirectName,
    *,
    answer: Mapping[str, str],
    browser: str,
    resident: Scope | None,
) -> Ended:
    """Finishes a login. Whatever happens, the browser gets a page of ours that says so."""
    channel = channels.redirect.get(name)
    if channel is None:
        raise CHANNEL_OFF()
    state = answer.get("state", "")
    async with identity.transaction() as conn:
        pending = await store.identity_take(conn, keys.code_digest("channel state", state), name)
    if pending is None:
        return Ended(HOME, "expired")
    ours = hmac.compare_digest(pending.browser_digest, keys.code_digest("channel browser", browser))
    if not ours or pending.expires_at < clock_now():
        return Ended(pending.return_path if ours else HOME, "expired")
    try:
        who = await channel.identify(answer, _attempt(keys, state, browser), redirect_uri(settings, name))
    except SnapshotError:
        return Ended(pending.return_path, "snapshot")
    except RefusedError as error:
        log.info("channel_refused", channel=name, reason=error.code)
        return Ended(pending.return_path, "refused")
    except UnavailableError as error:
        log.warning("channel_unavailable", channel=name, reason=error.code)
        return Ended(pending.return_path, "unavailable")
    result, token, link = await _enter(identity, keys, links.names_of(keys, name, who), resident)
    return Ended(pending.return_path, result, token, link)


async def app_login(
    identity: Database, keys: Keys, channels: Channels, code: str, client_address: str
) -> tuple[AppLogin, str, str]:
    """Signs a mini-program's user in: the answer, and the token or the link."""
    who = await _ask(identity, keys, channels, client_address, code, "login")
    assert isinstance(who, Identity)
    names = links.names_of(keys, "wechat_mini", who)
    result, token, link = await _enter(identity, keys, names, None)
    if not token:
        return AppLogin(result), "", link
    read = tokens.read(keys, token, clock_now())
    assert read is not None
    async with identity.transaction() as conn:
        row = await find_person(conn, read.person_id)
    assert row is not None
    return AppLogin(result, masked(unlock(keys, row))), token, ""


async def app_phone(identity: Database, keys: Keys, channels: Channels, code: str, client_address: str) -> ProvenPhone:
    """The number that WeChat has verified, for its owner's registration."""
    phone = await _ask(identity, keys, channels, client_address, code, "phone")
    assert isinstance(phone, str)
    proof = tokens.prove_phone(keys, phone, clock_now())
    return ProvenPhone(phone.removeprefix("+86"), proof, int(tokens.PROOF_VALID_FOR.total_seconds()))


async def sign_page(
    identity: Database, keys: Keys, settings: Settings, channels: Channels, url: str, client_address: str
) -> JsSignature:
    """Lets a page of ours use WeChat's camera and position."""
    if channels.official is None:
        raise CHANNEL_OFF()
    if not url.startswith(settings.base_url + "/"):
        raise BAD_RETURN()
    await spend(identity, keys, SIGNATURES_PER_ADDRESS, client_address)
    try:
        return await channels.official.sign_page(url, clock_now())
    except (RefusedError, UnavailableError) as error:
        raise _unavailable("wechat", error) from None


async def join(conn: Connection, keys: Keys, cookie: str, person_id: int) -> None:
    """In the transaction of a registration: the identity that waits in the cookie becomes this person's."""
    if names := links.read(keys, cookie, clock_now()):
        await _link(conn, names, person_id)


async def linked(db: Database, scope: Scope) -> list[Linked]:
    """By which channels the resident signs in."""
    async with scoped(db, scope) as conn:
        return await store.linked(scope, conn)


async def part(identity: Database, scope: Scope, name: ChannelName) -> None:
    """The channel no longer signs this person in. Doing it twice changes nothing more."""
    assert scope.person_id is not None
    async with identity.transaction() as conn:
        if await store.identity_unlink(conn, name, scope.person_id):
            await audit.record(scope, conn, "channels.unlink", f"person:{scope.person_id}", channel=name)


async def tidy(worker: Database) -> int:
    """Drops logins that never came back; how many."""
    async with worker.transaction() as conn:
        return await store.worker_drop_old(conn)


def redirect_uri(settings: Settings, name: RedirectName) -> str:
    return f"{settings.base_url}/api/v1/channels/{name}/callback"


def new_browser_secret() -> str:
    return secrets.token_urlsafe(32)


def _attempt(keys: Keys, state: str, browser: str) -> Attempt:
    """The login's other secrets follow from its state and the browser's, so that none of them is stored."""

    def derived(purpose: str) -> str:
        return base64.urlsafe_b64encode(keys.code_digest(purpose, f"{state} {browser}")).rstrip(b"=").decode()

    return Attempt(state, derived("channel nonce"), derived("channel verifier"))


async def _enter(identity: Database, keys: Keys, names: Names, resident: Scope | None) -> tuple[Result, str, str]:
    """What a proven identity leads to, with the session token or the link."""
    now = clock_now()
    async with identity.transaction() as conn:
        known = await store.identity_find(conn, names)
        if known is not None:
            # known by the union of a sister app, or by one of two names: now by all of them
            await _link(conn, names, known.person_id)
            scope = Scope.resident(known.person_id)
            await audit.record(scope, conn, "channels.sign_in", f"person:{known.person_id}", channel=names.channel)
            return "signed_in", tokens.issue(keys, known.person_id, known.epoch, now, known.name), ""
        if resident is not None and resident.person_id is not None:
            await _link(conn, names, resident.person_id)
            return "linked", "", ""
    return "unknown", "", links.seal(keys, names, now)


async def _link(conn: Connection, names: Names, person_id: int) -> None:
    if await store.identity_link(conn, names, person_id):
        scope = Scope.resident(person_id)
        await audit.record(scope, conn, "channels.link", f"person:{person_id}", channel=names.channel)


async def _ask(
    identity: Database, keys: Keys, channels: Channels, client_address: str, code: str, what: str
) -> Identity | str:
    channel: CodeChannel | None = channels.codes.get("wechat_mini")
    if channel is None:
        raise CHANNEL_OFF()
    await spend(identity, keys, LOGINS_PER_ADDRESS, client_address)
    try:
        return await (channel.identify(code) if what == "login" else channel.phone(code))
    except RefusedError as error:
        log.info("channel_refused", channel="wechat_mini", reason=error.code)
        raise CHANNEL_REFUSED() from None
    except UnavailableError as error:
        raise _unavailable("wechat_mini", error) from None


def _unavailable(name: ChannelName, error: RefusedError | UnavailableError) -> Exception:
    log.warning("channel_unavailable", channel=name, reason=error.code)
    return CHANNEL_UNAVAILABLE(retry_after_s=30)
