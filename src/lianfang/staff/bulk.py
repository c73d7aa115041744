"""Accounts by the thousand. For an import that has looked at what is there, and must notice when that has changed meanwhile."""

from collections.abc import Collection, Sequence

import msgspec

from lianfang.access.rules import Role
from lianfang.access.scope import Scope
from lianfang.kit.db import Changed, Connection
from lianfang.organisations import bulk as units
from lianfang.staff.store import Q


class NewAccount(msgspec.Struct, frozen=True):
    """An account to create, with the digest of its initial password."""

    unit_id: int
    username: str
    display_name: str
    role: Role
    password_hash: str


class ChangedAccount(msgspec.Struct, frozen=True):
    """An account as it is to be."""

    id: int
    unit_id: int
    display_name: str
    role: Role


async def insert_many(scope: Scope, conn: Connection, accounts: Sequence[NewAccount]) -> list[int]:
    """The new ids. Changed where a unit is gone or a user name is taken by now."""
    places = await units.lock(scope, conn, {account.unit_id for account in accounts})
    params = {
        "unit_ids": [account.unit_id for account in accounts],
        "ords": [places[account.unit_id] for account in accounts],
        "usernames": [account.username for account in accounts],
        "display_names": [account.display_name for account in accounts],
        "roles": [account.role for account in accounts],
        "password_hashes": [account.password_hash for account in accounts],
    }
    created = [row[0] for row in await (await conn.execute(Q.insert_many, params)).fetchall()]
    if len(created) != len(accounts):
        raise Changed()
    return created


async def change_many(scope: Scope, conn: Connection, accounts: Sequence[ChangedAccount]) -> None:
    """Another name, role or unit. Sessions take it over within seconds: they read their account anew."""
    places = await units.lock(scope, conn, {account.unit_id for account in accounts})
    params = {
        "ids": [account.id for account in accounts],
        "unit_ids": [account.unit_id for account in accounts],
        "ords": [places[account.unit_id] for account in accounts],
        "display_names": [account.display_name for account in accounts],
        "roles": [account.role for account in accounts],
        "lo": scope.lo,
        "hi": scope.hi,
    }
    if (await conn.execute(Q.change_many, params)).rowcount != len(accounts):
        raise Changed()


async def identity_taken_usernames(conn: Connection, usernames: Collection[str]) -> set[str]:
    """Which of these user names any account has, in whatever scope."""
    return {row[0] for row in await (await conn.execute(Q.taken_usernames, {"usernames": list(usernames)})).fetchall()}
