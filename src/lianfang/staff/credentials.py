"""One's own password and authenticator."""

from lianfang.audit import store as audit
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Problem, invalid, wrong_field
from lianfang.kit.qr import qr_svg
from lianfang.staff import passwords, store, totp
from lianfang.staff.login import TRIES_PER_ACCOUNT, forgive_tries, spend_try
from lianfang.staff.model import PasswordChange, StaffSession, TotpSecret
from lianfang.staff.problems import TOTP_NOT_STARTED, TOTP_OFF, TOTP_ON
from lianfang.staff.sessions import Sessions


async def change_password(
    identity: Database, keys: Keys, sessions: Sessions, session: StaffSession, change: PasswordChange
) -> None:
    """Replaces one's own password and ends one's other sessions."""
    if errors := passwords.faults(
        "new_password", change.new_password, username=session.username, old=change.old_password
    ):
        raise invalid(*errors)
    # a stolen session must not become a way to guess the password
    await spend_try(identity, keys, TRIES_PER_ACCOUNT, session.username)
    async with identity.transaction() as conn:
        before = await store.identity_lock(conn, session.account_id)
    if not await passwords.verify(before.password_hash, change.old_password):
        raise _wrong_old_password()
    password_hash = await passwords.hash_password(change.new_password)
    async with identity.transaction() as conn:
        account = await store.identity_lock(conn, session.account_id)
        if account.password_hash != before.password_hash:
            raise _wrong_old_password()
        await store.identity_set_password(conn, account.id, password_hash, keep=session.key)
        await forgive_tries(conn, keys, session.username)
        await audit.record(session.scope, conn, "session.password", f"staff:{account.id}")
    sessions.forget(session.account_id)


async def begin_totp(identity: Database, keys: Keys, session: StaffSession) -> TotpSecret:
    """A new secret, which counts only once a code of it was confirmed."""
    secret = totp.new_secret()
    async with identity.transaction() as conn:
        account = await store.identity_lock(conn, session.account_id)
        if account.totp_confirmed:
            raise TOTP_ON()
        encrypted = keys.encrypt(secret, f"staff.totp:{account.id}")
        await store.identity_set_totp(conn, account.id, secret=encrypted, confirmed=False, last_step=0)
    uri = totp.uri(secret, session.username)
    return TotpSecret(secret, uri, qr_svg(uri))


async def confirm_totp(identity: Database, keys: Keys, sessions: Sessions, session: StaffSession, code: str) -> None:
    """Turns the authenticator on."""
    await spend_try(identity, keys, TRIES_PER_ACCOUNT, session.username)
    async with identity.transaction() as conn:
        account = await store.identity_lock(conn, session.account_id)
        if account.totp_secret is None or account.totp_confirmed:
            raise TOTP_NOT_STARTED()
        step = _matching_step(keys, account, code)
        await store.identity_set_totp(conn, account.id, secret=account.totp_secret, confirmed=True, last_step=step)
        await forgive_tries(conn, keys, session.username)
        await audit.record(session.scope, conn, "session.totp_on", f"staff:{account.id}")
    sessions.forget(session.account_id)


async def remove_totp(identity: Database, keys: Keys, sessions: Sessions, session: StaffSession, code: str) -> None:
    """Turns the authenticator off, with a last code of it."""
    await spend_try(identity, keys, TRIES_PER_ACCOUNT, session.username)
    async with identity.transaction() as conn:
        account = await store.identity_lock(conn, session.account_id)
        if not account.totp_confirmed:
            raise TOTP_OFF()
        _matching_step(keys, account, code)
        await store.identity_set_totp(conn, account.id, secret=None, confirmed=False, last_step=0)
        await forgive_tries(conn, keys, session.username)
        await audit.record(session.scope, conn, "session.totp_off", f"staff:{account.id}")
    sessions.forget(session.account_id)


def _matching_step(keys: Keys, account: store.Secrets, code: str) -> int:
    assert account.totp_secret is not None
    secret = keys.decrypt(account.totp_secret, f"staff.totp:{account.id}")
    step = totp.matching_step(secret, code, after=account.totp_last_step, now=clock_now())
    if step is None:
        raise invalid(
            wrong_field(
                "code",
                "wrong",
                "动态码不正确或已用过，请等下一个再试，并检查手机时间。",
                "The code is wrong or was used already; wait for the next one and check your phone's clock.",
            )
        )
    return step


def _wrong_old_password() -> Problem:
    return invalid(wrong_field("old_password", "wrong", "原密码不正确。", "The old password is wrong."))
