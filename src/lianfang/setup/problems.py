"""What can be wrong with a workbook as a whole, and with a row of it."""

from typing import Final

from lianfang.kit.errors import ProblemType, Text

ROWS_MAX: Final = 200_000

FILE_PROBLEMS: Final = {
    "empty": ProblemType("setup_file_empty", 422, "文件里没有内容。", "There is nothing in the file."),
    "encoding": ProblemType(
        "setup_file_encoding",
        422,
        "无法识别文件编码。请另存为 UTF-8 或 GBK 编码的 CSV，或 .xlsx。",
        "The file is in an encoding that can't be read; save it as CSV in UTF-8 or GBK, or as .xlsx.",
    ),
    "malformed": ProblemType(
        "setup_file_malformed",
        422,
        "文件已损坏或不完整（第 {line} 行）：{detail}。请在表格软件里打开并另存为 .xlsx 后重试。",
        "The file is damaged or cut short (line {line}): {detail}. Open it in a spreadsheet program, save it as .xlsx and try again.",
    ),
    "not_xlsx": ProblemType(
        "setup_file_not_xlsx",
        422,
        "这是 .xls、.ods 等其他格式的表格。请另存为 .xlsx 或 CSV 后重试。",
        "This is a workbook in another format, such as .xls or .ods; save it as .xlsx or CSV and try again.",
    ),
    "locked": ProblemType(
        "setup_file_locked",
        422,
        "文件有密码。请去掉密码后重新上传。",
        "The file has a password; remove it and upload the file again.",
    ),
    "too_large": ProblemType(
        "setup_file_unzipped",
        413,
        "文件解压后超过 {detail} MiB。请删除多余的工作表和格式后重试。",
        "Unpacked, the file is larger than {detail} MiB; remove superfluous sheets and formats.",
    ),
    "far_cell": ProblemType(
        "setup_file_far_cell",
        422,
        "单元格 {detail} 里有内容，离表格太远。请删除它后重新上传。",
        "Cell {detail} holds something, far away from the table; delete it and upload the file again.",
    ),
}
TOO_MANY_ROWS = ProblemType(
    "setup_too_many_rows",
    422,
    "文件超过 {max} 行，没有读取。请按乡镇或类别拆成几个文件，分次上传。",
    "The file has more than {max} rows and was not read. Split it by town or category and upload the parts.",
)
NO_TABLE = ProblemType(
    "setup_no_table",
    422,
    "没有找到“单位”“登记点”或“账号”的表头。请使用下载的模板，不要改动表头。",
    "There is no header of units, checkpoints or accounts. Use the template and leave its headers as they are.",
)
MISSING_COLUMNS = ProblemType(
    "setup_missing_columns",
    422,
    "“{sheet}”缺少列：{columns}。请使用下载的模板。",
    "“{sheet}” lacks the columns: {columns}. Use the template.",
)
DOUBLE_COLUMN = ProblemType(
    "setup_double_column",
    422,
    "“{sheet}”里的列“{column}”出现了两次，请删除一列。",
    "The column “{column}” stands twice in “{sheet}”; delete one.",
)
ROWS_LOST = ProblemType(
    "setup_rows_lost",
    500,
    "行数对不上：读入 {read} 行，处理 {counted} 行。结果不可信，请联系系统管理员。",
    "The rows don't add up: {read} were read, {counted} accounted for. Don't trust the result; tell the system's operator.",
)
KEEPS_CHANGING = ProblemType(
    "setup_keeps_changing",
    409,
    "应用期间，同一单位的内容一直在被其他人修改。已应用的行有效，请稍后再次应用同一文件。",
    "Others kept changing the same units meanwhile. What was applied stays; apply the same file again later.",
)
NOT_PLANNED = ProblemType(
    "setup_not_planned",
    409,
    "请先等预检完成，再应用。",
    "Wait until the dry run is done, then apply.",
)

# rows
REQUIRED = Text("请填写“{column}”。", "Fill in “{column}”.")
DIGITS_LOST = Text(
    "这个数字太长，Excel 只保留 15 位，末位已丢失。请把这一格设为“文本”格式后重新填写。",
    "Excel keeps 15 digits of a number, and the others are lost. Format the cell as text and type it again.",
)
DATE = Text(
    "Excel 已把这一格变成日期。请把它设为“文本”格式后重新填写。",
    "Excel has made a date of this cell. Format it as text and type it again.",
)
SURPLUS = Text(
    "这一行的格数比表头多。请检查是否多了逗号或少了引号。",
    "The row has more cells than the header; look for a comma too many or a missing quote.",
)
EXAMPLE_CHANGED = Text(
    "这是改动过的示例行。请把“示例行：”字样去掉，或删除整行。",
    "This is the example row, changed; remove the word “Example:”, or the whole row.",
)
NAME = Text("名称应为 1 至 {max} 个字，不含换行。", "A name has 1 to {max} characters, in one line.")
ADDRESS = Text("地址最多 200 个字，不含换行。", "An address has at most 200 characters, in one line.")
REF = Text("编号最多 100 个字，不含换行。", "A number has at most 100 characters, in one line.")
WORD = Text("“{value}”不在可选范围内：{choices}。", "“{value}” is none of: {choices}.")
MINUTES = Text(
    "应为 0 至 1440 的整数（分钟）或“不测温”。", "A whole number of minutes from 0 to 1440, or “Not measured”."
)
REQUIRED_FIGURE = Text("应为 1 至 {max} 的整数或“不要求”。", "A whole number from 1 to {max}, or “Not required”.")
YES_OR_NO = Text("请填“是”或“否”。", "Type Yes or No.")
COORDINATE = Text("应为 {low} 至 {high} 的度数，如 {example}。", "Degrees from {low} to {high}, such as {example}.")
BOTH_COORDINATES = Text("纬度和经度请一起填写，或都不填。", "Give both latitude and longitude, or neither.")
USERNAME = Text(
    "账号为 3 至 40 位小写字母、数字、点、横线或下划线，以字母或数字开头。",
    "A user name has 3 to 40 small letters, digits, dots, hyphens or underscores and begins with a letter or digit.",
)
UNIT_UNKNOWN = Text(
    "“{root}”及下级没有“{value}”，本文件也没有新建它。请核对名称，或写路径、区划代码。",
    "There is no “{value}” in “{root}” and below, nor does this file create it; check the name, or give its path or code.",
)
UNIT_AMBIGUOUS = Text(
    "有几个“{value}”：{choices}。请写完整路径。", "There are several “{value}”: {choices}. Give the path."
)
UNIT_BROKEN = Text(
    "“{value}”所在的行有错误，请先改正那一行（{cell}）。",
    "The row of “{value}” is wrong; correct that one first ({cell}).",
)
LEVEL_ORDER = Text("级别必须低于上级“{parent}”（{level}）。", "The level must be below that of “{parent}” ({level}).")
LEVEL_BELOW = Text(
    "下级“{child}”的级别不低于它，不能改成这个级别。", "“{child}” below it would not be of a lower level."
)
CODE = Text(
    "区划代码应为 12 位数字，以上级代码开头，本级之后补零；级别为“单位”时不填。",
    "A division code has 12 digits: it begins as its parent's and ends in zeros below its level; none for level “Unit”.",
)
CODE_ELSEWHERE = Text("区划代码 {taken} 已被其他单位使用。", "Division code {taken} is in use by another unit.")
CODE_OTHER = Text("已有同名单位，区划代码是 {other}。", "A unit of this name exists, with code {other}.")
UNIT_MOVED = Text(
    "该代码的单位现在属于“{parent}”。移动单位请到“组织机构”页面。",
    "The unit with this code belongs to “{parent}”. Units are moved on the units page.",
)
NAME_TAKEN = Text("同一上级下已有名为“{name}”的单位。", "A unit named “{name}” exists under the same parent.")
CLOSED = Text(
    "“{name}”已撤销。请先重新启用，或选择其他单位。", "“{name}” is closed. Reopen it first, or choose another unit."
)
DEPTH = Text("层级太多，最多 {max} 层。", "Too many levels; at most {max}.")
IS_ROOT = Text("这就是正在设置的单位，不用列出。", "This is the unit that is being set up; don't list it.")
TWICE = Text("与 {cell} 所在的行重复。", "The same as the row at {cell}.")
NO_ROOM = Text(
    "“{parent}”下的位置已用完，请联系系统管理员重排。",
    "There is no place left under “{parent}”; ask the system's operator to re-place the tree.",
)
FORM_UNKNOWN = Text(
    "“{unit}”没有可用的表单“{value}”。可用：{choices}。",
    "“{unit}” can't use a form “{value}”. It can use: {choices}.",
)
DOOR_UNKNOWN = Text(
    "没有这个登记码，或不在您的管理范围内。新建登记点时请留空。",
    "There is no such door code, or it is not within your area; leave it blank for a new checkpoint.",
)
DOOR_MOVED = Text(
    "这个登记码属于“{unit}”的登记点，不能在这里移到别的单位。",
    "This code is of a checkpoint of “{unit}”; it can't be moved to another unit here.",
)
REF_TAKEN = Text("该单位的另一个登记点已用编号“{ref}”。", "Another checkpoint of the unit has the number “{ref}”.")
DOOR_AMBIGUOUS = Text(
    "该单位有几个同名登记点，请填编号或登记码。",
    "The unit has several checkpoints of this name; give the number or the door code.",
)
USERNAME_TAKEN = Text("账号“{username}”已被使用，请换一个。", "The user name “{username}” is taken; choose another.")
OWN_ACCOUNT = Text(
    "不能在这里更改自己的角色或单位，请联系另一位管理员。",
    "You cannot change your own role or unit here; ask another administrator.",
)
