"""FHIR R4, of which we read a few fields: Patient, Immunization, Observation. The codes are those by which the world names
COVID-19 vaccines (CVX, ATC, SNOMED CT, the EU's products) and tests (LOINC)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec

from lianfang.certificates.model import LabTest, TestType, Vaccination
from lianfang.people.model import DocumentType

CVX, ATC, SNOMED, LOINC = (
    "http://hl7.org/fhir/sid/cvx",
    "http://www.whocc.no/atc",
    "http://snomed.info/sct",
    "http://loinc.org",
)
EU_PRODUCT: Final = "https://ec.europa.eu/health/documents/community-register/html/"
_CVX: Final = frozenset(
    {"207", "208", "210", "211", "212", "213", "217", "218", "219", "221", "225", "226", "227", "228", "229", "230"}
    | {"300", "301", "302", "308", "309", "310", "311", "312", "313"}
    | {str(code) for code in range(500, 522)}
)
_VACCINES: Final = {
    ATC: frozenset({"J07BX03", "J07BN", "J07BN01", "J07BN02", "J07BN03", "J07BN04", "J07BN05"}),
    SNOMED: frozenset({"840534001", "1119305005", "1119349007", "1162643001", "29061000087103"}),
}
_CODES: Final[dict[TestType, tuple[str, ...]]] = {
    "naat": ("94500-6", "94309-2", "94845-5", "94559-2", "95406-5", "94306-8", "96986-5", "LP6464-4"),
    "antigen": ("94558-4", "95209-3", "97097-0", "96119-3", "LP217198-3"),
    "antibody": ("94563-4", "94562-6", "94507-1", "94762-2", "94769-7"),
}
_TESTS: Final = {code: kind for kind, codes in _CODES.items() for code in codes}
_RESULTS: Final = (
    dict.fromkeys(("260373001", "10828004", "LA11882-0", "LA6576-8", "detected", "positive", "阳性"), True)
    | dict.fromkeys(("260415000", "260385009", "LA11883-8", "LA6577-6", "not detected", "negative", "阴性"), False)
)  # fmt: skip


class FhirError(ValueError):
    """The resource lacks something that we need; `field` is its path."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field: Final = field


class Coding(msgspec.Struct, frozen=True):
    system: str = ""
    code: str = ""
    display: str = ""


class Concept(msgspec.Struct, frozen=True):
    coding: list[Coding] = []
    text: str = ""


class Reference(msgspec.Struct, frozen=True):
    reference: str = ""
    display: str = ""


class HumanName(msgspec.Struct, frozen=True):
    family: str = ""
    given: list[str] = []
    text: str = ""


class Identifier(msgspec.Struct, frozen=True):
    system: str = ""
    value: str = ""
    type: Concept = Concept()


class Patient(msgspec.Struct, frozen=True):
    name: list[HumanName] = []
    birthDate: str = ""
    identifier: list[Identifier] = []


class Performer(msgspec.Struct, frozen=True):
    actor: Reference = Reference()


class ProtocolApplied(msgspec.Struct, frozen=True):
    doseNumberPositiveInt: int = 0
    seriesDosesPositiveInt: int = 0


class Immunization(msgspec.Struct, frozen=True):
    vaccineCode: Concept
    patient: Reference
    status: str = ""
    id: str = ""
    occurrenceDateTime: str = ""
    performer: list[Performer] = []
    protocolApplied: list[ProtocolApplied] = []


class Observation(msgspec.Struct, frozen=True):
    code: Concept
    subject: Reference
    status: str = ""
    id: str = ""
    effectiveDateTime: str = ""
    valueCodeableConcept: Concept | None = None
    valueString: str = ""
    performer: list[Reference] = []


Resource = Patient | Immunization | Observation
_KINDS: Final[dict[str, type[Resource]]] = {
    "Patient": Patient,
    "Immunization": Immunization,
    "Observation": Observation,
}


class Entry(msgspec.Struct, frozen=True):
    fullUrl: str = ""
    resource: dict[str, Any] = {}


class Bundle(msgspec.Struct, frozen=True):
    entry: list[Entry]
    resourceType: str = ""


def read(entry: Entry) -> Resource | None:
    """The entry's resource; None for a kind that states nothing of ours. FhirError."""
    kind = _KINDS.get(str(entry.resource.get("resourceType")))
    if kind is None:
        return None
    try:
        return msgspec.convert(entry.resource, kind)
    except msgspec.ValidationError as error:
        raise FhirError(str(error)[:120]) from None


def vaccination(found: Immunization) -> Vaccination | None:
    """None where it was not given, or is a vaccine against something else. FhirError."""
    if found.status != "completed":
        return None
    product = _product(found.vaccineCode.coding)
    if product is None:
        return None
    dose = found.protocolApplied[0] if found.protocolApplied else ProtocolApplied()
    at = moment("occurrenceDateTime", found.occurrenceDateTime).date()
    return Vaccination(at, product, dose.doseNumberPositiveInt, dose.seriesDosesPositiveInt)


def lab_test(found: Observation) -> LabTest | None:
    """None where it is not a final COVID-19 test. FhirError where the result is none that we know."""
    kind = next((_TESTS[each.code] for each in found.code.coding if each.code in _TESTS), None)
    if kind is None or found.status not in ("final", "amended", "corrected"):
        return None
    by = next((each.display for each in found.performer if each.display), "")
    return LabTest(moment("effectiveDateTime", found.effectiveDateTime), kind, _result(found), by)


def _product(codings: Iterable[Coding]) -> str | None:
    for each in codings:
        if each.system == CVX and each.code in _CVX:
            return f"cvx:{each.code}"
        if each.system == EU_PRODUCT or each.code.startswith("EU/1/2"):
            return each.code
        if each.code in _VACCINES.get(each.system, ()):
            return each.code
    return None


def _result(found: Observation) -> bool | None:
    concept = found.valueCodeableConcept or Concept()
    said = [*(each.code for each in concept.coding), concept.text, found.valueString]
    return next(
        (_RESULTS[key] for each in said if (key := each.strip()) in _RESULTS or (key := key.lower()) in _RESULTS), None
    )


# how registries name the kinds of documents we know: HL7's identifier types, and China's object identifiers
_DOCUMENTS: Final[dict[str, DocumentType]] = {
    "NI": "resident_id",
    "NNCHN": "resident_id",
    "urn:oid:2.16.156.10011.1.3": "resident_id",
    "PPN": "passport",
    "http://hl7.org/fhir/sid/passport": "passport",
    "PRC": "foreign_permanent_resident",
}


def document_of(patient: Patient) -> tuple[DocumentType, str] | None:
    """The patient's document, where the bundle names one of ours."""
    for each in patient.identifier:
        for name in (each.system, *(coding.code for coding in each.type.coding)):
            kind = _DOCUMENTS.get(name) or (
                _DOCUMENTS["PPN"] if name.startswith("http://hl7.org/fhir/sid/passport-") else None
            )
            if kind and each.value:
                return kind, each.value
    return None


def moment(field: str, text: str) -> datetime:
    """A FHIR dateTime that names a day at least."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise FhirError(field) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def day(field: str, text: str) -> date:
    return moment(field, text).date()
