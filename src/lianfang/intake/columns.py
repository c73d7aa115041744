"""The columns of a file of evidence, and the words by which people write kinds and results. Pure."""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from lianfang.evidence.model import Kind
from lianfang.kit.errors import Text
from lianfang.kit.sheets.cells import Raw

Column = Literal[
    "document_type", "document_number", "kind", "at", "until", "result", "subject", "source", "ref", "name"
]
LABELS: Final[dict[Column, Text]] = {
    "name": Text("姓名", "Name"),
    "document_type": Text("证件类型", "Document type"),
    "document_number": Text("证件号码", "Document number"),
    "kind": Text("种类", "Kind"),
    "at": Text("时间", "Time"),
    "until": Text("结束时间", "Until"),
    "result": Text("结果", "Result"),
    "subject": Text("内容", "Subject"),
    "source": Text("检测机构", "Stated by"),
    "ref": Text("编号", "Number"),
}
REQUIRED: Final[tuple[Column, ...]] = ("document_number", "kind", "at", "result")
REASON: Final = Text("错误原因", "Error")
HEADER_WITHIN: Final = 10
_ALSO: Final[dict[Column, tuple[str, ...]]] = {
    "name": ("被采样人", "接种人"),
    "document_type": ("证件种类",),
    "document_number": ("证件号", "身份证号", "身份证号码", "公民身份号码", "id number", "document no"),
    "kind": ("类型", "项目", "type"),
    "at": ("采样时间", "接种时间", "接种日期", "检测时间", "日期", "date", "sampled at"),
    "until": ("离开时间", "截止时间"),
    "result": ("检测结果", "剂次", "第几剂", "dose"),
    "subject": ("疫苗", "疫苗名称", "说明", "vaccine", "product"),
    "source": ("来源", "机构", "采样机构", "接种单位", "laboratory", "source"),
    "ref": ("样本编号", "流水号", "报告编号", "ref", "sample no", "no"),
}
_HINT: Final = re.compile(r"[(（【\[].*?[)）】\]]|[*＊:：.\s_]")

# a word → the kind, and for tests the method
KIND_WORDS: Final[dict[str, tuple[Kind, str | None]]] = {
    **dict.fromkeys(("核酸检测", "核酸", "pcr", "nucleicacidtest", "nucleicacid"), ("test", "pcr")),
    **dict.fromkeys(("抗原检测", "抗原", "antigen", "antigentest"), ("test", "antigen")),
    **dict.fromkeys(("抗体检测", "抗体", "antibody", "antibodytest"), ("test", "antibody")),
    **dict.fromkeys(("疫苗接种", "疫苗", "接种", "vaccination", "vaccine"), ("vaccination", None)),
    **dict.fromkeys(("诊断", "病例", "diagnosis", "case"), ("diagnosis", None)),
    **dict.fromkeys(("密接判定", "密接", "contactorder", "contact"), ("contact_order", None)),
    **dict.fromkeys(("来返人员", "抵达", "arrival"), ("arrival", None)),
    **dict.fromkeys(("出入境", "bordercrossing"), ("border_crossing", None)),
    **dict.fromkeys(("体温", "temperature"), ("temperature", None)),
    **dict.fromkeys(("症状", "symptoms"), ("symptoms", None)),
}
_RESULT_WORDS: Final[dict[str, str]] = {
    "阴性": "negative", "未检出": "negative", "-": "negative", "阳性": "positive", "检出": "positive", "+": "positive",
    "可疑": "inconclusive", "待复核": "inconclusive", "确诊": "confirmed", "确诊病例": "confirmed", "无症状": "asymptomatic",
    "无症状感染者": "asymptomatic", "疑似": "suspected", "疑似病例": "suspected", "治愈": "recovered", "康复": "recovered",
    "密接": "close", "次密接": "second", "解除": "released", "高": "high", "高风险": "high", "中": "medium", "中风险": "medium",
    "低": "low", "低风险": "low", "入境": "entry", "出境": "exit", "发热": "fever", "正常": "normal", "有": "present", "无": "none",
}  # fmt: skip
_DOSE: Final = re.compile(r"第?\s*([1-9一二三四五])\s*[剂针]?|dose\s*([1-9])", re.IGNORECASE)


def result_of(kind: Kind, text: str) -> str:
    """The code of a result as people write it; what is no such word stays as it is."""
    word = text.strip().lower()
    if kind == "vaccination":
        found = _DOSE.fullmatch(word)
        digit = (found[1] or found[2]) if found else word
        return str("一二三四五".index(digit) + 1) if digit in tuple("一二三四五") else digit
    return _RESULT_WORDS.get(word, word)


def key_of(heading: str) -> str:
    return _HINT.sub("", heading).casefold()


_KNOWN: Final[dict[str, Column]] = {
    key_of(word): column for column in LABELS for word in (LABELS[column].zh, LABELS[column].en, *_ALSO[column])
}
_REASONS: Final = {key_of(REASON.zh), key_of(REASON.en)}


class Header(NamedTuple):
    """Where each column stands; `titles` are the headings as they are, at the positions `kept`."""

    at: dict[Column, int]
    titles: list[str]
    kept: list[int]


def find_header(cells: Sequence[Raw]) -> Header | None:
    """The headings, where this row has the required ones. Of two that mean the same, the first."""
    at: dict[Column, int] = {}
    titles: list[str] = []
    kept: list[int] = []
    for index, cell in enumerate(cells):
        title = str(cell).strip()
        key = key_of(title)
        if not key or key in _REASONS:
            continue
        column = _KNOWN.get(key)
        if column is not None:
            at.setdefault(column, index)
        titles.append(title)
        kept.append(index)
    return Header(at, titles, kept) if all(column in at for column in REQUIRED) else None
