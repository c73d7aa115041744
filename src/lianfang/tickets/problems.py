"""What can be wrong with a ticket."""

from lianfang.kit.errors import ProblemType

NOT_NOW = ProblemType(
    "ticket_not_now",
    409,
    "这件事现在不能这样办理：状态已改变，或应由经办人办理。请刷新后再看。",
    "That cannot be done with this ticket now: its state has changed, or somebody else handles it. Reload and look again.",
)
TOO_MANY_OPEN = ProblemType(
    "tickets_open",
    409,
    "您已有 {limit} 件正在办理，请等其中一件办结后再提交；也可以在原有的事项中补充。",
    "{limit} of your requests are being dealt with. Wait for one of them, or add to it.",
)
APPEALED_ALREADY = ProblemType(
    "appealed_already",
    409,
    "对这一条已经提出过申诉，正在办理，请在“我的事项”中查看。",
    "There is an appeal against this already. You find it under “My requests”.",
)
HOLD_UNKNOWN = ProblemType(
    "hold_unknown",
    422,
    "没有这个编号的管控，或已经解除。请核对“为什么是这个颜色”下的编号。",
    "Nothing with this number holds the code now. Compare it with the one under “Why this colour”.",
)
APPEAL_OF_WHAT = ProblemType(
    "appeal_of_what",
    422,
    "申诉须指明是哪一条管控（编号）和本人；其他问题请选“咨询”或“纠错”。",
    "An appeal is against one hold (its number) of a person; choose a question or a correction for anything else.",
)
FILE_REFUSED = ProblemType(
    "file_refused",
    422,
    "没有收下这个文件：请上传 JPEG、PNG 图片，或没有密码、脚本和附件的 PDF（最多 {pages} 页）。",
    "The file was not taken: send a JPEG or PNG picture, or a PDF of at most {pages} pages without password, scripts or"
    " attachments.",
)
FILE_TOO_LARGE = ProblemType(
    "ticket_file_too_large",
    413,
    "文件超过 {limit_mib} MiB，请缩小后再上传。",
    "The file is larger than {limit_mib} MiB; make it smaller and send it again.",
)
TOO_MANY_FILES = ProblemType(
    "ticket_files_full",
    409,
    "每件最多 {limit} 个附件。办结的事项不能再加附件。",
    "At most {limit} files go with a request, while it is being dealt with.",
)
HANDLER_ONLY = ProblemType(
    "handler_only",
    403,
    "附件只给经办人看，请先接办。",
    "Files are shown to whoever handles the ticket: take it first.",
)
REOPEN_LATE = ProblemType(
    "reopen_late",
    409,
    "答复已超过 {days} 天，请另行提交。",
    "The answer is more than {days} days old; please send a new request.",
)
NOWHERE_ABOVE = ProblemType(
    "nowhere_above", 409, "已经在最上级单位，不能再上报。", "It stands with the topmost unit: there is nobody above."
)
