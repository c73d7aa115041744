"""Logging in and out."""

from datetime import timedelta

from lianfang.access.throttle import TOO_OFTEN, Limit, forgive, forgive_all, spend
from lianfang.audit import store as audit
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import Problem
from lianfang.staff import passwords, sessions, store, totp
from lianfang.staff.model import Login, StaffSession
from lianfang.staff.problems import LOGIN_FAILED, LOGIN_THROTTLED, TOTP_REQUIRED
from lianfang.staff.sessions import Sessions

# wrong guesses; a login that succeeds takes its own try back, so an office behind one address is not locked out
TRIES_PER_ACCOUNT = Limit("login by account", 5, timedelta(minutes=15))
TRIES_PER_ADDRESS = Limit("login by address", 50, timedelta(minutes=15))


async def log_in(identity: Database, keys: Keys, form: Login, address: str) -> tuple[StaffSession, str]:
    """A new session and its token. Problems `login_failed`, `totp_required`, `login_throttled`."""
    username = form.username.strip().lower()
    # counted before the password is looked at: a hundred guesses sent at once are a hundred tries
    await spend_try(identity, keys, TRIES_PER_ACCOUNT, username)
    await spend_try(identity, keys, TRIES_PER_ADDRESS, address)
    known = None
    if "\0" not in username:
        async with identity.transaction() as conn:
            known = await store.identity_find_login(conn, username)
    right = await passwords.verify(known.password_hash if known else passwords.DUMMY, form.password)
    if known is None:
        raise LOGIN_FAILED()
    token = sessions.new_token()
    async with identity.transaction() as conn:
        # what was verified above may have been reset meanwhile: compared again, now that nobody can change it
        account = await store.identity_lock(conn, known.id)
        right = right and account.password_hash == known.password_hash
        refusal, step = _admit(keys, account, form, right)
        if refusal:
            await audit.record(
                account.scope, conn, "session.refused", f"staff:{known.id}", reason=refusal, address=address
            )
        else:
            session = await store.identity_begin_session(
                conn,
                known.id,
                digest=sessions.token_digest(keys, token),
                expires_at=clock_now() + sessions.VALID_FOR,
                totp_step=step,
            )
            await forgive_all(conn, keys, TRIES_PER_ACCOUNT, username)
            await forgive(conn, keys, TRIES_PER_ADDRESS, address)
            await audit.record(session.scope, conn, "session.login", f"staff:{known.id}", address=address)
    if refusal:
        raise LOGIN_FAILED()
    return session, token


def _admit(keys: Keys, account: store.Secrets, form: Login, right: bool) -> tuple[str | None, int | None]:
    """Why not, or nothing and the time step of the code that was used. Problem `totp_required` where only that is missing."""
    if not right:
        return "password", None
    if account.disabled:
        return "disabled", None
    if not account.totp_confirmed:
        return None, None
    if not form.totp:
        raise TOTP_REQUIRED()
    assert account.totp_secret is not None
    secret = keys.decrypt(account.totp_secret, f"staff.totp:{account.id}")
    step = totp.matching_step(secret, form.totp, after=account.totp_last_step, now=clock_now())
    return (None, step) if step else ("totp", None)


async def log_out(identity: Database, sessions: Sessions, session: StaffSession) -> None:
    """Ends this session and no other."""
    async with identity.transaction() as conn:
        await store.identity_end_session(conn, session.key)
        await audit.record(session.scope, conn, "session.logout", f"staff:{session.account_id}")
    sessions.forget(session.account_id)


async def spend_try(identity: Database, keys: Keys, limit: Limit, target: str) -> None:
    """Counts a try of a password or code; Problem `login_throttled` beyond the limit."""
    try:
        await spend(identity, keys, limit, target)
    except Problem as problem:
        if problem.type is not TOO_OFTEN:
            raise
        raise LOGIN_THROTTLED(retry_after_s=problem.retry_after_s, seconds=problem.retry_after_s) from None


async def forgive_tries(conn: Connection, keys: Keys, username: str) -> None:
    """The account's owner has proved to be there."""
    await forgive_all(conn, keys, TRIES_PER_ACCOUNT, username)
