"""The workbook that a laboratory or a clinic fills in."""

import tempfile
from pathlib import Path
from typing import Final

from lianfang.intake.columns import LABELS, REQUIRED, Column
from lianfang.kit.errors import Language, Text
from lianfang.kit.sheets.forms import FormSheet, SheetColumn, write_form
from lianfang.rosters.model import DOCUMENT_TYPES

ORDER: Final[tuple[Column, ...]] = (
    "name", "document_type", "document_number", "kind", "at", "result", "subject", "source", "ref", "until",
)  # fmt: skip
KINDS: Final = (
    Text("核酸检测", "Nucleic acid test"),
    Text("抗原检测", "Antigen test"),
    Text("抗体检测", "Antibody test"),
    Text("疫苗接种", "Vaccination"),
)
RESULTS: Final = (
    Text("阴性", "negative"),
    Text("阳性", "positive"),
    Text("第1剂", "Dose 1"),
    Text("第2剂", "Dose 2"),
    Text("第3剂", "Dose 3"),
)
EXAMPLE: Final = (
    Text("示例：张三", "Example: Zhang San"),
    DOCUMENT_TYPES["resident_id"],
    Text("110101199003070038", "110101199003070038"),
    KINDS[0],
    Text("2022-11-20 08:00", "2022-11-20 08:00"),
    RESULTS[0],
    Text("", ""),
    Text("县疾控中心实验室", "County laboratory"),
    Text("S20221120-0001", "S20221120-0001"),
    Text("", ""),
)
NOTES: Final = (
    (Text("怎样填写", "How to"), Text("每人每次检测或接种填一行；标 * 的列须填写。第 2 行是示例，导入时跳过。", "One row a test or dose; columns with * are required. Row 2 is an example and is left out.")),
    (Text("匹配", "Matching"), Text("按证件号码匹配；尚未登记的人，登记后自动归入。姓名只供核对，不会保存。", "By document number; for whoever has not registered, it waits until they do. Names are for your own check and are not kept.")),
    (Text("编号", "Number"), Text("样本编号或接种流水号。同一编号再次导入即为更正，原记录保留。", "The sample's or dose's number. The same number again is a correction; what was stated before is kept.")),
    (Text("生效", "Taking effect"), Text("提交后由上级单位的另一位管理员接受，才会影响健康码。", "It affects codes once another administrator, of a unit above, has accepted it.")),
)  # fmt: skip


def build(language: Language) -> bytes:
    """The template as an .xlsx file."""
    choices = {"document_type": list(DOCUMENT_TYPES.values()), "kind": list(KINDS), "result": list(RESULTS)}
    columns = [
        SheetColumn(
            LABELS[column].show(language),
            width=24 if column == "document_number" else 18,
            required=column in REQUIRED,
            choices=[text.show(language) for text in choices.get(column, [])],
        )
        for column in ORDER
    ]
    guide = Text("填写说明", "Notes").show(language), [(a.show(language), b.show(language)) for a, b in NOTES]
    sheet = FormSheet(Text("数据", "Data").show(language), columns, example=[text.show(language) for text in EXAMPLE])
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "template.xlsx"
        write_form(path, guide=guide, sheets=[sheet])
        return path.read_bytes()
