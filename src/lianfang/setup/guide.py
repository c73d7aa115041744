"""The sheet 填写说明: how the workbook is filled in, topic by topic."""

from typing import Final

from lianfang.kit.errors import Text
from lianfang.setup.problems import ROWS_MAX

GUIDE: Final = (
    (
        Text("怎么用", "How it works"),
        Text(
            "在“单位”“登记点”“账号”三张表里填写，保存后在管理台“一键建县”上传。系统先预检：列出将新建、修改、不变和有错误的每一行，什么都不改；确认后再应用。",
            "Fill in the sheets of units, checkpoints and accounts, save, and upload the file on the console's page “Set up a county”. "
            "A dry run comes first: it lists every row that would be created, changed, left alone or refused, and changes nothing. Then apply.",
        ),
    ),
    (
        Text("必填", "Required"),
        Text(
            "带红色 * 的列必填，其余可空。不需要的表可以整张留空，列的顺序可以调整，表头文字请勿改动。",
            "Columns with a red * are required, the others may stay blank. A sheet that is not needed stays empty. Columns may be moved; leave their titles as they are.",
        ),
    ),
    (
        Text("示例", "Example"),
        Text(
            "灰色的示例行不会导入，可以保留，也可以整行删除。",
            "The grey example row is not imported; keep it or delete it.",
        ),
    ),
    (
        Text("单位怎么写", "Naming a unit"),
        Text(
            "写名称即可；有重名时写路径，如“龙关镇/一街村”；也可以写 12 位区划代码。本文件“单位”表里新建的单位同样可以引用，先后顺序不限。",
            "By its name; where names repeat, by its path, such as Longguan/Yijie; or by its 12-digit division code. "
            "Units that this file creates may be named too, in any order.",
        ),
    ),
    (
        Text("再次上传", "Uploading again"),
        Text(
            "同一文件再传一次不会重复新建，也不会改动任何内容。改正后再传，只处理有变化的行。单位按代码或“上级 + 名称”识别，登记点按登记码、编号或“单位 + 名称”识别，账号按账号名识别。",
            "The same file again creates nothing twice and changes nothing; a corrected one changes what differs. A unit is known by its code or by "
            "parent and name, a checkpoint by its door code, its number, or unit and name, an account by its user name.",
        ),
    ),
    (
        Text("空白和清空", "Blank and removed"),
        Text(
            "对已有内容，空白表示不改；要清空请填“-”。文件里没有的行不会被删除。",
            "For what exists, blank means unchanged; “-” removes the value. Nothing is deleted because a row is missing.",
        ),
    ),
    (
        Text("数字", "Numbers"),
        Text(
            "各列已设为文本格式：长数字和开头的 0 不会丢。请勿改成数字格式；超过 15 位的数字格式单元格会被退回。",
            "All columns are text, so that long numbers and leading zeros survive. Keep them so; a cell with a number of more than 15 digits is refused.",
        ),
    ),
    (
        Text("账号", "Accounts"),
        Text(
            "新账号的初始密码由系统生成，应用后在结果文件里，只有上传者能下载，保留 7 天。本人首次登录须修改。",
            "Initial passwords are made by the system and stand in the result file, which only the uploader can download, for 7 days. "
            "Their owners must change them when they first sign in.",
        ),
    ),
    (
        Text("CSV", "CSV"),
        Text(
            "也可以上传 CSV（UTF-8 或 GBK），一个文件一张表，表头与这里相同。",
            "CSV (UTF-8 or GBK) works too: one sheet a file, with the same titles.",
        ),
    ),
    (
        Text("上限", "Limits"),
        Text(
            f"文件最大 64 MiB，最多 {ROWS_MAX:,} 行（Excel 一张表最多 1,048,576 行）。超过时整个文件不读取，不会只读一部分。",
            f"At most 64 MiB and {ROWS_MAX:,} rows (a sheet of Excel has at most 1,048,576). A larger file is not read at all, rather than in part.",
        ),
    ),
)
