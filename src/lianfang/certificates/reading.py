"""The text of one or more QR codes becomes a certificate, verified or refused. Pure: the lists are given."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

import msgspec

from lianfang.certificates import dcc, shc, trust
from lianfang.certificates.model import Certificate, Signer
from lianfang.certificates.refusals import Refused


class Opened(msgspec.Struct, frozen=True):
    """A certificate that was read and not yet verified."""

    certificate: Certificate
    algorithm: int
    signed: bytes
    signature: bytes

    def verify(self, signers: Sequence[Signer], revoked: Collection[bytes], now: datetime) -> Signer:
        """Who signed it; Refused."""
        return trust.verify(
            self.certificate,
            algorithm=self.algorithm,
            signed=self.signed,
            signature=self.signature,
            signers=signers,
            revoked=revoked,
            now=now,
        )


def open_text(text: str) -> Opened:
    """What the codes hold. Refused `unknown_form`, `part`, `damaged`, `content`."""
    text = text.strip()
    readers: dict[str, Callable[[str], Opened]] = {dcc.PREFIX: _dcc, shc.PREFIX: _shc}
    for prefix, reader in readers.items():
        if text.startswith(prefix):
            return reader(text)
    raise Refused("unknown_form")


def _dcc(text: str) -> Opened:
    signed = dcc.open_cose(dcc.unpack(text))
    return Opened(dcc.read(signed), signed.algorithm, signed.signed, signed.signature)


def _shc(text: str) -> Opened:
    signed = shc.open_jws(shc.unpack(text))
    return Opened(shc.read(signed), signed.algorithm, signed.signed, signed.signature)
