"""Every expectation that the EU's conformance vectors assert, on the certificates of eleven countries."""

import base64
import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cbor2
import pytest
import zxingcpp
from PIL import Image

from lianfang.certificates import dcc, trust
from lianfang.certificates.model import Signer, usage_of
from lianfang.certificates.refusals import Refused
from lianfang.certificates.signers import from_certificate
from lianfang.kit import base45

VECTORS = Path(__file__).parents[3] / "shared/data/dcc/vectors.jsonl.gz"
pytestmark = pytest.mark.skipif(not VECTORS.exists(), reason="the conformance vectors are not beside the project")

# expectations that no test procedure defines: a flag's name misspelled, and a flag for all flags
DISPUTED = {
    "EXPTECTEDEXPIRED": "misspelled; the certificates that carry it are valid at their validation clock",
    "EXPECTEDRESULTS": "the name of the whole block, repeated inside it",
}
DISPUTED_HERE = {
    ("FR/test_pcr_ok.json", "EXPECTEDDECODE"): "what is signed has the sample two hours later than the JSON beside it"
}


def vectors() -> Iterator[dict[str, Any]]:
    with gzip.open(VECTORS, "rt") as lines:
        yield from map(json.loads, lines)


def clock(vector: dict[str, Any]) -> datetime:
    at = datetime.fromisoformat(vector["TESTCTX"]["VALIDATIONCLOCK"])
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def plain(value: object) -> object:
    """As JSON has it: an instant is text. (Whether a time is written 08:00+00:00 or 08:00Z is a matter of taste.)"""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, str) and "T" in value and value[:2] == "20":
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return value
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return value


def observed(vector: dict[str, Any]) -> dict[str, bool]:
    """What our reader finds, under the name of each expectation."""
    cose, signer = bytes.fromhex(vector["COSE"]), signer_of(vector)
    signed = dcc.open_cose(cose)
    packed = bytes.fromhex(vector["COMPRESSED"]) if "COMPRESSED" in vector else base45.decode(vector["BASE45"])
    found = {
        "EXPECTEDUNPREFIX": vector["PREFIX"].removeprefix(dcc.PREFIX) == vector["BASE45"],
        "EXPECTEDB45DECODE": base45.decode(vector["BASE45"]) == packed,
        "EXPECTEDCOMPRESSION": dcc.inflate(packed) == cose,
        "EXPECTEDVERIFY": trust.is_signed_by(signer.public_key, signed.algorithm, signed.signed, signed.signature),
        "EXPECTEDDECODE": plain(signed.claims[-260][1]) == plain(vector["JSON"]),
        "EXPECTEDVALIDOBJECT": isinstance(vector["JSON"], dict),
        "EXPECTEDVALIDJSON": isinstance(vector["JSON"], dict),
        "EXPECTEDENCODE": plain(cbor2.loads(cbor2.dumps(vector["JSON"]))) == plain(vector["JSON"]),
    }
    try:
        certificate = dcc.read(signed)
        found["EXPECTEDSCHEMAVALIDATION"] = True
    except Refused as refused:
        found["EXPECTEDSCHEMAVALIDATION"] = refused.reason != "content"
        return found
    found["EXPECTEDKEYUSAGE"] = usage_of(certificate.statements[0]) in signer.usages
    try:
        trust.check_validity(certificate, clock(vector))
        found["EXPECTEDEXPIRATIONCHECK"] = True
    except Refused:
        found["EXPECTEDEXPIRATIONCHECK"] = False
    return found


def signer_of(vector: dict[str, Any]) -> Signer:
    return from_certificate(base64.b64decode(vector["TESTCTX"]["CERTIFICATE"]))[0]


def test_every_asserted_expectation_is_met() -> None:
    checked, wrong, malformed = 0, [], 0
    for vector in vectors():
        ours, expected = observed(vector), vector["EXPECTEDRESULTS"]
        for flag, value in expected.items():
            if flag in DISPUTED or flag == "EXPECTEDPICTUREDECODE" or (vector["file"], flag) in DISPUTED_HERE:
                continue
            if flag not in ours:
                # a malformed certificate is refused before anybody asks who may sign it, and until when
                assert ours["EXPECTEDSCHEMAVALIDATION"] is expected["EXPECTEDSCHEMAVALIDATION"] is False
                malformed += 1
                continue
            checked += 1
            if ours[flag] is not value:
                wrong.append((vector["file"], flag, value))
    assert wrong == []
    assert checked > 3_000
    assert malformed


def test_a_certificate_is_verified_whole_by_the_trust_list_of_its_country() -> None:
    accepted = 0
    reasons: dict[str, list[str]] = {}
    for vector in vectors():
        signed = dcc.open_cose(dcc.unpack(vector["PREFIX"])) if vector["PREFIX"].startswith("HC1:") else None
        if signed is None:
            continue
        try:
            certificate = dcc.read(signed)
            signers = trust.with_kid([signer_of(vector)], certificate)
            trust.verify(
                certificate,
                algorithm=signed.algorithm,
                signed=signed.signed,
                signature=signed.signature,
                signers=signers,
                revoked=(),
                now=clock(vector),
            )
            accepted += 1
        except Refused as refused:
            reasons.setdefault(refused.reason, []).append(vector["file"])
    # 48 well-formed ones of the Netherlands are signed by a key for another kind
    assert len(reasons["wrong_use"]) == 48
    assert set(reasons) <= {"content", "wrong_use", "no_result", "not_yet", "other_disease"}
    assert accepted > 150


def test_the_pictures_hold_the_text() -> None:
    """One of each country: reading all of them takes minutes and shows nothing more."""
    seen: set[str] = set()
    for vector in vectors():
        country = vector["file"].split("/")[0]
        if country in seen or not vector["EXPECTEDRESULTS"].get("EXPECTEDPICTUREDECODE"):
            continue
        seen.add(country)
        picture = Image.open(io.BytesIO(base64.b64decode(vector["2DCODE"]))).convert("L")
        found = zxingcpp.read_barcode(picture)
        assert found is not None, vector["file"]
        assert found.text == vector["PREFIX"], vector["file"]
    assert len(seen) >= 9


def test_one_changed_bit_is_a_forgery() -> None:
    vector = next(vectors())
    signed = dcc.open_cose(bytes.fromhex(vector["COSE"]))
    key = signer_of(vector).public_key
    other = bytes([signed.signed[-1] ^ 1])
    assert trust.is_signed_by(key, signed.algorithm, signed.signed, signed.signature)
    assert not trust.is_signed_by(key, signed.algorithm, signed.signed[:-1] + other, signed.signature)
