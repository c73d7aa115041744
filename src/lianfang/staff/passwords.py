"""Passwords: argon2id for those that people choose, and the rules for them; a fast digest for the initial ones, which we draw by
chance (docs/adr/0008)."""

import asyncio
import hashlib
import hmac
import secrets
from concurrent.futures import ThreadPoolExecutor

import argon2

from lianfang.kit.crypto import Keys
from lianfang.kit.errors import BUSY, FieldError, wrong_field
from lianfang.kit.ids import ALPHABET

MIN_LENGTH = 10
MAX_LENGTH = 128  # a longer one only keeps the hash function busy
QUEUE_MAX = 50
BUSY_FOR_S = 5

# the first things that are tried, as far as they are long enough; the demo's password opens no real account either
COMMON = """
0123456789 1234567890 0987654321 9876543210 1234554321 1122334455 12345678910 1234567890a a1234567890 123456789a a123456789
1234567890- 1q2w3e4r5t 1qaz2wsx3edc 1qaz@wsx3edc qwertyuiop qwerty12345 qwerty123456 qwer1234qwer asdfghjkl; zaq12wsxcde3
password01 password12 password123 password1234 password@123 p@ssw0rd123 passw0rd123 admin12345 admin123456 admin@12345
admin@123456 administrator administrator1 root123456 welcome123 welcome@123 changeme123 iloveyou123 woaini1314 woaini520520
woaini1314520 5201314520 lianfang123 lianfang1234 lianfang2026 lianfang2026! lianfang@2026 chicheng123 chicheng2026
"""

_hasher = argon2.PasswordHasher()  # RFC 9106, low-memory profile: 64 MiB each, hence two at a time
_threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")
_waiting = 0

# verified when there is no such account, so that the time of an answer does not tell which accounts exist
DUMMY = "$argon2id$v=19$m=65536,t=3,p=4$VrKZIl2nVefOYCUbxQFXdQ$uioQv2+J0uPIbrKSIsZ9nNJDFDXsbb8iGSiDGyNhnq0"


_INITIAL = "initial$1$"  # and a salt, and a digest
_INITIAL_CHARACTERS = 16  # of 5 random bits each: 80 bits can't be guessed, however fast the digest is
_SALT = 16


async def hash_password(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def verify(password_hash: str, password: str) -> bool:
    """Whether this is the password. Problem `busy` where too many logins wait already."""
    global _waiting
    if _waiting >= QUEUE_MAX:
        raise BUSY(retry_after_s=BUSY_FOR_S, seconds=BUSY_FOR_S)
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(
            _threads, _verify, password_hash, password[: MAX_LENGTH + 1]
        )
    finally:
        _waiting -= 1


def _verify(password_hash: str, password: str) -> bool:
    if password_hash.startswith(_INITIAL):
        # as slow as any other: the time of an answer must not tell which accounts were never used
        _verify(DUMMY, password)
        return _is_initial(password_hash, password)
    try:
        return _hasher.verify(password_hash, password)
    except argon2.exceptions.VerifyMismatchError:
        return False


def generate() -> str:
    """An initial password that can be read out on the telephone (80 bits)."""
    return _grouped("".join(secrets.choice(ALPHABET) for _ in range(_INITIAL_CHARACTERS)))


def derive(keys: Keys, seed: str, username: str) -> str:
    """The initial password of an account among thousands: whoever holds the seed and our keys can say it again, so that an
    import that was interrupted tells the passwords of the accounts that it had made before. Without either it is random."""
    digest = int.from_bytes(keys.code_digest(f"initial password:{seed}", username))
    return _grouped("".join(ALPHABET[(digest >> (5 * nth)) & 31] for nth in range(_INITIAL_CHARACTERS)))


def hash_initial(password: str) -> str:
    """What is stored of a password that `generate` or `derive` made, until its owner chooses one."""
    salt = secrets.token_bytes(_SALT)
    return f"{_INITIAL}{salt.hex()}${_initial_digest(salt, password).hex()}"


def _is_initial(stored: str, password: str) -> bool:
    salt, digest = (bytes.fromhex(part) for part in stored.removeprefix(_INITIAL).split("$"))
    return hmac.compare_digest(digest, _initial_digest(salt, password))


def _initial_digest(salt: bytes, password: str) -> bytes:
    return hashlib.blake2b(password.encode(), salt=salt, person=b"lianfang initial", digest_size=32).digest()


def _grouped(text: str) -> str:
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def faults(field: str, password: str, *, username: str, old: str = "") -> list[FieldError]:
    """What is wrong with a new password."""
    plain = password.casefold()
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        return [
            wrong_field(
                field,
                "length",
                "密码应为 {min} 至 {max} 个字符。",
                "A password has {min} to {max} characters.",
                min=MIN_LENGTH,
                max=MAX_LENGTH,
            )
        ]
    if plain in COMMON.split() or len(set(plain)) < 5:
        return [
            wrong_field(
                field, "common", "这个密码太常见，容易被猜到。", "This password is too common and easily guessed."
            )
        ]
    if username in plain and len(plain) < len(username) + 6:
        return [
            wrong_field(
                field,
                "contains_username",
                "密码不能只是用户名加几个字符。",
                "A password cannot be the user name with a few characters added.",
            )
        ]
    if password == old:
        return [
            wrong_field(
                field, "unchanged", "新密码不能与原密码相同。", "The new password must differ from the old one."
            )
        ]
    return []
