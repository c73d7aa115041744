"""Who a session token belongs to. Tokens are random; only a keyed digest is stored."""

import secrets
import time
from datetime import timedelta

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.staff import store
from lianfang.staff.model import StaffSession

COOKIE = "lf_staff"
VALID_FOR = timedelta(hours=12)
CACHE_S = 5.0
CACHE_SIZE = 1000


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def token_digest(keys: Keys, token: str) -> bytes:
    return keys.code_digest("staff session", token)


class Sessions:
    """Sessions by token, remembered for a few seconds: an importing account asks with each of its thousands of requests."""

    def __init__(self, identity: Database, keys: Keys) -> None:
        self._identity = identity
        self._keys = keys
        self._cache: dict[bytes, tuple[float, StaffSession]] = {}
        self._forgotten = 0

    async def authenticate(self, token: str) -> StaffSession | None:
        """The session as it is now (at most five seconds ago); None for an unknown, ended or disabled one."""
        return await self.current(token_digest(self._keys, token))

    async def current(self, digest: bytes) -> StaffSession | None:
        """The same by the digest, for whoever holds a session for long."""
        moment, cached = self._cache.get(digest, (0.0, None))
        if cached and time.monotonic() - moment < CACHE_S and cached.valid_until > now():
            return cached
        moment, forgotten = time.monotonic(), self._forgotten
        async with self._identity.transaction() as conn:
            session = await store.identity_find_session(conn, digest)
        self._cache.pop(digest, None)
        # what was read while somebody called forget() may be the state before it, so it is not remembered;
        # nor is a session that waits for its new password: another process may be changing it right now
        if session and forgotten == self._forgotten and not session.must_change_password:
            if len(self._cache) >= CACHE_SIZE:
                del self._cache[next(iter(self._cache))]
            self._cache[digest] = (moment, session)
        return session

    def forget(self, account_id: int) -> None:
        """The account has changed: its sessions are read anew."""
        self._forgotten += 1
        self._cache = {key: entry for key, entry in self._cache.items() if entry[1].account_id != account_id}

    def clear(self) -> None:
        self._forgotten += 1
        self._cache = {}
