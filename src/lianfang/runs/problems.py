"""What can go wrong with runs and their files."""

from lianfang.kit.errors import ProblemType

UPLOAD_TOO_LARGE = ProblemType(
    "upload_too_large",
    413,
    "文件过大，上限为 {limit_mib} MiB。请拆成几个文件，分次上传。",
    "The file is too large; the limit is {limit_mib} MiB. Split it and upload the parts.",
)
UPLOAD_EMPTY = ProblemType("upload_empty", 422, "文件是空的，请重新选择。", "The file is empty; choose another one.")
UPLOAD_GONE = ProblemType(
    "upload_gone",
    404,
    "上传的文件已不在（未使用的文件只保留一天），请重新上传。",
    "The uploaded file is gone (unused files are kept for a day); upload it again.",
)
ACCOUNT_DISABLED = ProblemType(
    "account_disabled",
    403,
    "发起任务的账号已停用，任务没有执行。",
    "The account that started this has been disabled; nothing was done.",
)
