"""What can go wrong with a list or its file."""

from lianfang.kit.errors import Problem, ProblemType, Text
from lianfang.kit.sheets.reading import SheetError
from lianfang.rosters.columns import HEADER_WITHIN, LABELS, HeaderError

NAME_TAKEN = ProblemType(
    "roster_name_taken",
    409,
    "该单位已有名为“{name}”的花名册。请换一个名称，或导入到已有的花名册。",
    "The unit already has a roster named “{name}”. Choose another name, or import into that one.",
)
FILE_EMPTY = ProblemType(
    "file_empty",
    422,
    "文件里没有数据。请下载模板，填写“数据”表后再上传。",
    "There is nothing in the file. Download the template, fill in its sheet of data and upload it again.",
)
FILE_UNREADABLE = ProblemType(
    "file_unreadable",
    422,
    "文件无法读取（{detail}）。请用 Excel 另存为 .xlsx 或 CSV 后再上传。",
    "The file cannot be read ({detail}). Save it as .xlsx or CSV with Excel and upload it again.",
)
FILE_LOCKED = ProblemType(
    "file_locked",
    422,
    "文件设有打开密码。请取消密码后再上传。",
    "The file is protected by a password. Remove the password and upload it again.",
)
FILE_NOT_XLSX = ProblemType(
    "file_not_xlsx",
    422,
    "这是 .xls、.ods 等其他格式的表格。请另存为 .xlsx 或 CSV 后再上传。",
    "This is a workbook in another format, such as .xls or .ods. Save it as .xlsx or CSV and upload it again.",
)
FILE_TOO_LARGE = ProblemType(
    "file_unpacked",
    413,
    "文件解压后超过 {detail} MiB。请删除多余的工作表和格式，或拆成几个文件后再上传。",
    "Unpacked, the file is larger than {detail} MiB. Remove superfluous sheets and formats, or split it, and upload it again.",
)
FILE_FAR_CELL = ProblemType(
    "file_far_cell",
    422,
    "单元格 {detail} 里有内容，离表格太远。请删除它后再上传。",
    "Cell {detail} holds something, far away from the table. Delete it and upload the file again.",
)
FILE_ENCODING = ProblemType(
    "file_encoding",
    422,
    "文件的文字编码无法识别。请另存为“CSV UTF-8”或 .xlsx 后再上传。",
    "The file's character encoding is unknown. Save it as “CSV UTF-8” or .xlsx and upload it again.",
)
TOO_MANY_ROWS = ProblemType(
    "file_too_long",
    422,
    "文件超过 {max} 行，没有导入任何一行。请拆成几个文件，依次导入。",
    "The file has more than {max} rows; none of them was imported. Split it and import the parts one after the other.",
)
COLUMNS_MISSING = ProblemType(
    "columns_missing",
    422,
    "前 {within} 行中没有找到表头“{columns}”。请按模板填写表头。",
    "No heading “{columns}” in the first {within} rows. Name the columns as the template does.",
)
COLUMNS_TWICE = ProblemType(
    "columns_twice",
    422,
    "有两列都是“{columns}”。请只保留一列。",
    "Two columns are both “{columns}”. Keep one of them.",
)
MISMATCH = ProblemType(
    "import_mismatch",
    500,
    "读入 {rows} 行，处理结果合计 {sum} 行，数目不符，已全部撤销，没有保存。请重试；如再次出现请联系维护人员。",
    "{rows} rows were read but {sum} accounted for; everything was undone and nothing stored. Try again; if it happens again, call for help.",
)
SAME_DOCUMENT = Text(
    "与第 {row} 行是同一证件，已采用第 {row} 行。", "The same document as row {row}; row {row} was taken."
)
SAME_NUMBER = Text(
    "与第 {row} 行的编号相同（{number}），已采用第 {row} 行。",
    "The same number as row {row} ({number}); row {row} was taken.",
)
NUMBER_HELD = Text(
    "编号 {number} 在花名册中属于另一人（{name}）。请核对；如该人已离开，请先将其移出。",
    "Number {number} belongs to somebody else on the roster ({name}). Check it; if that person has left, remove them first.",
)


def of_sheet(error: SheetError) -> Problem:
    """What a file that cannot be read means to whoever sent it."""
    known = {
        "empty": FILE_EMPTY,
        "encoding": FILE_ENCODING,
        "locked": FILE_LOCKED,
        "not_xlsx": FILE_NOT_XLSX,
        "too_large": FILE_TOO_LARGE,
        "far_cell": FILE_FAR_CELL,
    }.get(error.code)
    return known(detail=error.detail) if known else FILE_UNREADABLE(detail=str(error)[:120])


def of_header(error: HeaderError) -> Problem:
    columns = "” “".join(f"{LABELS[column].zh} {LABELS[column].en}" for column in error.columns)
    if error.code == "twice":
        return COLUMNS_TWICE(columns=columns)
    return COLUMNS_MISSING(columns=columns, within=HEADER_WITHIN)
