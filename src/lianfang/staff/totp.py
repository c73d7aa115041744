"""Time-based one-time passwords (RFC 6238): six digits, 30 seconds."""

import hmac
from datetime import datetime

import pyotp

STEP_S = 30
TOLERANCE = 1  # steps that a phone's clock may be off
ISSUER = "Lianfang"


def new_secret() -> str:
    return pyotp.random_base32()


def uri(secret: str, username: str) -> str:
    """The otpauth: link that authenticator apps understand."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def matching_step(secret: str, code: str, *, after: int, now: datetime) -> int | None:
    """The time step of a code, None for a wrong one. Steps up to `after` were used already: a code works once."""
    generator = pyotp.TOTP(secret)
    code = code.replace(" ", "")
    today = int(now.timestamp()) // STEP_S
    for step in range(today - TOLERANCE, today + TOLERANCE + 1):
        if step > after and hmac.compare_digest(generator.generate_otp(step).encode(), code.encode()):
            return step
    return None
