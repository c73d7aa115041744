"""What is required and what is lacking, as sentences; and what is lacking as the short text that a visit keeps of it."""

from collections.abc import Iterable
from typing import get_args

from lianfang.kit.errors import Language, Text
from lianfang.requirements.model import Lack, Requirement, Requirements

PREFIX = "lacks:"
_REQUIRED: dict[Requirement, Text] = {
    "test": Text("{n} 小时内核酸检测阴性", "a negative nucleic-acid test within {n} h"),
    "doses": Text("接种疫苗至少 {n} 剂", "at least {n} doses of a vaccine"),
    "risk": Text("{n} 天内未到过中高风险区", "no stay in a risk area within {n} days"),
}
_LACKING: dict[tuple[Requirement, str], Text] = {
    ("test", ""): Text(
        "需要 {n} 小时内的核酸阴性结果，没有查到您最近的检测；请先做核酸检测。",
        "Needs a negative test within {n} h; no recent test of yours is known. Please take one first.",
    ),
    ("test", "age"): Text(
        "需要 {n} 小时内的核酸阴性结果，您最近一次在 {found} 小时前；请先做核酸检测。",
        "Needs a negative test within {n} h; your last is {found} h old. Please take another one first.",
    ),
    ("test", "positive"): Text(
        "需要 {n} 小时内的核酸阴性结果，您最近一次为阳性；请不要进入，联系社区。",
        "Needs a negative test within {n} h; your last is positive. Please do not enter; contact your community.",
    ),
    ("test", "inconclusive"): Text(
        "需要 {n} 小时内的核酸阴性结果，您最近一次结果待复核；请重新检测。",
        "Needs a negative test within {n} h; your last is inconclusive. Please take another one first.",
    ),
    ("doses", "none"): Text(
        "需要接种 {n} 剂疫苗，没有查到您的接种记录；如已接种，请出示或上传接种证明。",
        "Needs {n} doses of a vaccine; none of yours is known. If you had them, bring your certificate.",
    ),
    ("doses", "some"): Text(
        "需要接种 {n} 剂疫苗，查到您 {found} 剂；如已接种，请出示或上传接种证明。",
        "Needs {n} doses of a vaccine; {found} of yours are known. If you had more, bring your certificate.",
    ),
    ("risk", "medium"): Text(
        "{n} 天内到过中风险区的人员不能进入；请联系社区。",
        "Nobody may enter who was in an area of medium risk within {n} days. Please contact your community.",
    ),
    ("risk", "high"): Text(
        "{n} 天内到过高风险区的人员不能进入；请联系社区。",
        "Nobody may enter who was in an area of high risk within {n} days. Please contact your community.",
    ),
}
_NEAREST = Text("最近的采样点：{site}。", "Nearest test site: {site}.")


def required(what: Requirement, wanted: int, language: Language) -> str:
    return _REQUIRED[what].show(language, n=wanted)


def asked(required: Requirements) -> list[tuple[Requirement, int]]:
    """What is asked for, in the order in which it is told."""
    all_of_it: list[tuple[Requirement, int | None]] = [
        ("test", required.test_hours),
        ("doses", required.doses),
        ("risk", required.risk_days),
    ]
    return [(what, wanted) for what, wanted in all_of_it if wanted]


def sentence(lack: Lack, language: Language) -> str:
    """Which requirement is not met, and what to do."""
    case = lack.found
    if lack.requirement == "test" and case.isdecimal():
        case = "age"
    elif lack.requirement == "doses":
        case = "some" if lack.found != "0" else "none"
    return _LACKING[lack.requirement, case].show(language, n=lack.wanted, found=lack.found)


def told(lacks: Iterable[Lack], language: Language, site: str = "") -> str:
    """All of them; `site` is where a test can be taken."""
    parts = list(lacks)
    sentences = [sentence(lack, language) for lack in parts]
    if site and any(lack.requirement == "test" and lack.found != "positive" for lack in parts):
        sentences.append(_NEAREST.show(language, site=site))
    return ("" if language == "zh-CN" else " ").join(sentences)


def code(lacks: Iterable[Lack]) -> str:
    """`lacks:test.48.61,doses.3.2`: hours, numbers and levels, as little of the person as a fever's refusal is."""
    return PREFIX + ",".join(f"{lack.requirement}.{lack.wanted}.{lack.found}" for lack in lacks)


def decoded(reason: str) -> tuple[Lack, ...]:
    """What `code` wrote; nothing for any other reason."""
    if not reason.startswith(PREFIX):
        return ()
    lacks = []
    for part in reason.removeprefix(PREFIX).split(","):
        what, wanted, found = part.split(".")
        requirement = next(known for known in get_args(Requirement) if known == what)
        lacks.append(Lack(requirement, int(wanted), found))
    return tuple(lacks)
