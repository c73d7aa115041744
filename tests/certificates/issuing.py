"""An invented issuer, for the tests: what a health authority of another country would sign."""

import base64
import json
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from joserfc.jwk import ECKey

from lianfang.certificates.signers import from_certificate
from lianfang.kit import base45

NOW = datetime(2022, 11, 20, 8, tzinfo=UTC)


def _es256(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass
class Country:
    """A country that issues EU certificates."""

    code: str = "NL"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    usage: str = ""
    now: datetime = NOW

    def __post_init__(self) -> None:
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, self.code),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Invented Ministry"),
            ]
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - timedelta(days=100))
            .not_valid_after(self.now + timedelta(days=600))
        )
        if self.usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(self.usage)]), critical=False)
        self.certificate = builder.sign(self.key, SHA256())

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def signer(self) -> Any:
        return from_certificate(self.pem)[0]

    def issue(self, content: dict[str, Any], **claims: Any) -> str:
        """The text of the QR code."""
        payload = {
            1: claims.get("iss", self.code),
            6: int(claims.get("iat", self.now - timedelta(days=1)).timestamp()),
            4: int(claims.get("exp", self.now + timedelta(days=300)).timestamp()),
            -260: {1: content},
        }
        protected, body = cbor2.dumps({1: -7, 4: bytes.fromhex(self.signer.kid)}), cbor2.dumps(payload)
        signature = _es256(self.key, cbor2.dumps(["Signature1", protected, b"", body]))
        message = cbor2.dumps(cbor2.CBORTag(18, [protected, {}, body, signature]))
        return "HC1:" + base45.encode(zlib.compress(message))


def vaccinated(
    surname: str = "SMITH", given: str = "ANNA MARIA", born: str = "1985-03-07", **entry: Any
) -> dict[str, Any]:
    found = {
        "tg": "840539006",
        "vp": "1119349007",
        "mp": "EU/1/20/1528",
        "ma": "ORG-100030215",
        "dn": 2,
        "sd": 2,
        "dt": "2022-06-01",
        "co": "NL",
        "is": "Invented Ministry",
        "ci": "URN:UVCI:01:NL:INVENTED1#A",
    }
    name = {
        "fn": surname.title(),
        "fnt": surname.replace(" ", "<"),
        "gn": given.title(),
        "gnt": given.replace(" ", "<"),
    }
    return {"ver": "1.3.0", "nam": name, "dob": born, "v": [found | entry]}


def lab_result(result: str = "260415000", sampled: str = "2022-11-19T07:30:00Z", **names: str) -> dict[str, Any]:
    content = vaccinated(**names)
    [entry] = content.pop("v")
    shared = {key: entry[key] for key in ("tg", "co", "is")}
    test = {"tt": "LP6464-4", "nm": "PCR", "sc": sampled, "tr": result, "tc": "Centre 1", "ci": "URN:UVCI:01:NL:T1#B"}
    return content | {"t": [shared | test]}


@dataclass
class CardIssuer:
    """A clinic that issues SMART Health Cards."""

    url: str = "https://cards.example.org"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def jwk(self) -> dict[str, Any]:
        key = ECKey.import_key(self.key.public_key())  # type: ignore[arg-type]
        return {**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig", "alg": "ES256"}

    @property
    def key_set(self) -> bytes:
        return json.dumps({"keys": [self.jwk]}).encode()

    def issue(self, bundle: dict[str, Any], rid: str = "") -> str:
        """One `shc:/` text."""

        def part(data: bytes) -> str:
            return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

        packer = zlib.compressobj(wbits=-15)
        content: dict[str, Any] = {
            "type": ["https://smarthealth.cards#health-card"],
            "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": bundle},
        }
        if rid:
            content["rid"] = rid
        payload = json.dumps({"iss": self.url, "nbf": int(NOW.timestamp()) - 900, "vc": content}).encode()
        head = part(json.dumps({"zip": "DEF", "alg": "ES256", "kid": self.jwk["kid"]}).encode())
        body = part(packer.compress(payload) + packer.flush())
        token = f"{head}.{body}.{part(_es256(self.key, f'{head}.{body}'.encode()))}"
        return "shc:/" + "".join(f"{ord(c) - 45:02d}" for c in token)


def card_bundle(family: str = "Smith", given: str = "Anna Maria", born: str = "1985-03-07") -> dict[str, Any]:
    patient = {"resourceType": "Patient", "name": [{"family": family, "given": given.split()}], "birthDate": born}
    dose = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "208"}]},
        "patient": {"reference": "resource:0"},
        "occurrenceDateTime": "2022-05-01",
    }
    test = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "94500-6"}]},
        "subject": {"reference": "resource:0"},
        "effectiveDateTime": "2022-11-19T10:00:00+08:00",
        "valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "260415000"}]},
        "performer": [{"display": "Clinic"}],
    }
    entries = [{"fullUrl": f"resource:{n}", "resource": each} for n, each in enumerate((patient, dose, test))]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
