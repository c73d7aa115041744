"""What can go wrong with a login or an account."""

from lianfang.kit.errors import ProblemType

LOGIN_FAILED = ProblemType(
    "login_failed",
    401,
    "登录失败：用户名、密码或动态码不正确，或账号已停用。多次失败将暂停登录；忘记密码请联系上级管理员重置。",
    "Sign-in failed: the user name, password or code is wrong, or the account is disabled. Repeated failures pause signing in; "
    "if you forgot your password, ask the administrator above you to reset it.",
)
TOTP_REQUIRED = ProblemType(
    "totp_required",
    401,
    "该账号已启用动态码，请输入验证器应用上显示的 6 位数字。",
    "This account uses an authenticator app; enter the six digits that it shows.",
)
LOGIN_THROTTLED = ProblemType(
    "login_throttled",
    429,
    "尝试次数过多，请在 {seconds} 秒后再试。",
    "Too many attempts; try again in {seconds} s.",
)
MUST_CHANGE_PASSWORD = ProblemType(
    "must_change_password",
    403,
    "请先修改初始密码，再使用其他功能。",
    "Change your initial password first; everything else opens after that.",
)
USERNAME_TAKEN = ProblemType(
    "username_taken",
    409,
    "用户名“{username}”已被使用，请换一个。",
    "The user name “{username}” is taken; choose another.",
)
OWN_ACCOUNT = ProblemType(
    "own_account",
    409,
    "不能停用自己的账号、更改自己的角色或在此重置自己的密码。改密请到“我的账号”，其余请联系另一位管理员。",
    "You cannot disable your own account, change your own role or reset your own password here. "
    "Change your password under “My account”; for the rest ask another administrator.",
)
TOTP_ON = ProblemType(
    "totp_already_on",
    409,
    "动态码已启用。如需更换设备，请先停用。",
    "The authenticator is on already. To change devices turn it off first.",
)
TOTP_NOT_STARTED = ProblemType(
    "totp_not_started",
    409,
    "请先获取动态码密钥，再输入验证码。",
    "Ask for an authenticator secret first, then enter its code.",
)
TOTP_OFF = ProblemType("totp_off", 409, "该账号没有启用动态码。", "This account uses no authenticator.")
LOAN_OVER = ProblemType(
    "loan_over",
    403,
    "委托已到期或已撤回，您不能再以委托人的身份操作。请切换回自己的账号。",
    "The delegation has ended or was withdrawn; you can no longer act for its giver. Switch back to your own account.",
)
NOT_LENT_ON = ProblemType(
    "not_lent_on",
    403,
    "受托的权限不能再转托。请切换回自己的账号，只委托自己的权限。",
    "Powers that you were lent cannot be lent on. Switch back to your own account and lend your own.",
)
NOT_YOURS_TO_LEND = ProblemType(
    "not_yours_to_lend",
    422,
    "您没有或不能委托这项权限：{permissions}。",
    "You do not have, or cannot lend, this permission: {permissions}.",
)
TAKER_UNKNOWN = ProblemType(
    "taker_unknown",
    422,
    "没有名为“{username}”的可用账号，或者那是您自己。请向对方确认用户名。",
    "There is no active account “{username}”, or it is yourself. Ask the person for their user name.",
)
