"""One validated, frozen settings object, read from the environment (`LIANFANG_…`)."""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from lianfang.kit import compiled
from lianfang.kit.crypto import MASTER_BYTES

# passwords for commands, so that they need not stand on a command line; not settings
REPLAY_PASSWORD, NEW_PASSWORD = PASSWORDS = ("LIANFANG_REPLAY_PASSWORD", "LIANFANG_NEW_PASSWORD")

PAGES_DIR = Path(__file__).parents[2] / "web" / "dist"
"""What the web build makes: the pages, and the fonts of printed posters."""


_URLS = (
    "sms_url",
    "wecom_url",
    "wechat_api_url",
    "wechat_open_url",
    "alipay_gateway_url",
    "alipay_authorize_url",
    "oidc_issuer",
    "map_tiles",
)
# a channel that is switched on and what it cannot work without
_NEEDS = {
    "wechat_app_id": ("wechat_app_secret", "wechat_api_url", "wechat_open_url"),
    "wechat_mini_app_id": ("wechat_mini_app_secret", "wechat_api_url"),
    "alipay_app_id": ("alipay_private_key", "alipay_public_key", "alipay_gateway_url", "alipay_authorize_url"),
    "oidc_issuer": ("oidc_client_id",),
}


METRICS_TOKEN_MIN = 16
GUESSED = {"postgres", "password", "lianfang", "changeme", "secret", "admin", "root", "test", "123456", "12345678"}


class SettingsError(ValueError):
    """A setting is wrong; the message names it and what to do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every field is the environment variable `LIANFANG_` + its name in capitals."""

    home: str = "var"
    """Directory of the embedded database and of the generated secret."""
    database_url: str = ""
    """An external PostgreSQL 16 or newer (a role that may create roles); empty: the embedded one."""
    secret_key: str = ""
    """At least 32 bytes of randomness as hex; empty: generated once into home/secret.key."""
    development: bool = False
    """Starts also with a database that may forget what it has acknowledged, or with secrets that everybody knows. Never in
    production."""
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8000
    public_url: str = ""
    """What people's phones reach, for the links in QR codes; empty: http://host:port."""
    timezone: str = "Asia/Shanghai"
    demo: bool = False
    """Loads the demo county, shows one-time codes on screen and demo accounts on the login page. Never in production."""
    retention_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 28
    """Visits older than this are dropped, and scans older than this refused; 0 keeps everything."""
    sms_url: str = ""
    """Base URL of the SMS gateway; empty: one-time codes cannot be sent (the demo shows them)."""
    sms_key_id: str = ""
    sms_key_secret: str = ""
    sms_sign_name: str = "联防"
    sms_template: str = "SMS_000001"
    sms_reminder_template: str = "SMS_000003"
    """Reminds of the daily health report; parameters company and time."""
    wechat_app_id: str = ""
    """WeChat official account; empty: off. Its secret signs people in and signs pages for the JS-SDK."""
    wechat_app_secret: str = ""
    wechat_mini_app_id: str = ""
    """WeChat mini-program; empty: off."""
    wechat_mini_app_secret: str = ""
    wechat_api_url: str = "https://api.weixin.qq.com"
    wechat_open_url: str = "https://open.weixin.qq.com"
    alipay_app_id: str = ""
    """Alipay app; empty: off. Both keys as PEM or bare base64: ours in PKCS#8 or PKCS#1, and Alipay's public one."""
    alipay_private_key: str = ""
    alipay_public_key: str = ""
    alipay_gateway_url: str = "https://openapi.alipay.com/gateway.do"
    alipay_authorize_url: str = "https://openauth.alipay.com/oauth2/publicAppAuthorize.htm"
    oidc_issuer: str = ""
    """An OpenID Connect provider; empty: off."""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_name: str = "统一身份认证"
    """What the button of that provider says."""
    verification_dir: str = ""
    """A directory of platforms' domain verification files, served at / and /v/; empty: none."""
    map_tiles: str = ""
    """Address of map tiles for trajectories, with {z}, {x} and {y}; empty: maps are drawn without a ground. Whoever serves them
    learns which places are looked at."""
    fever_celsius: Annotated[float, msgspec.Meta(ge=36, le=40)] = 37.3
    """From this body temperature on it is a fever: entry is refused and an alert raised."""
    sms_alert_template: str = "SMS_000002"
    """Template of the message about a fever, with the places ${place}, ${time} and ${celsius}."""
    sms_ticket_template: str = "SMS_000004"
    """Template of the message about an answer or a question back, with the places ${number} and ${state}."""
    wecom_url: str = "https://qyapi.weixin.qq.com"
    """Where group robots of WeCom are reached."""
    web_processes: Annotated[int, msgspec.Meta(ge=0, le=32)] = 0
    """Web processes on the port; 0: as many as there are cores, up to 8. Each has its own connections to the database (28)
    and its own queue."""
    lane_queue: Annotated[int, msgspec.Meta(ge=1)] = 20_000
    """Scans that may wait for a commit in a web process (about 3 KB each); one more is answered 503."""
    lane_wait_s: Annotated[float, msgspec.Meta(ge=0.1, le=10)] = 1.5
    """How long a scan may wait before others are answered 503: less than a phone waits before it sends a scan again (2 s)."""
    lane_batch: Annotated[int, msgspec.Meta(ge=1, le=5000)] = 1000
    """Scans in one transaction at most."""
    lane_gather_ms: Annotated[int, msgspec.Meta(ge=0, le=100)] = 20
    """How long at most, under load, the lane waits for a batch to be as large as the last."""
    lane_connections: Annotated[int, msgspec.Meta(ge=1, le=16)] = 1
    requests_at_once: Annotated[int, msgspec.Meta(ge=1)] = 200
    """Requests being answered at a time by one web process, scans and streams apart; one more is answered 503."""
    metrics_token: str = ""
    """Who shows it as a bearer token may read GET /metrics (16 characters at least); empty: nobody may."""
    trusted_proxy: bool = False
    """Whether X-Forwarded-For is set by a proxy of ours (throttling by address then uses it)."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def home_path(self) -> Path:
        return Path(self.home).resolve()

    @property
    def base_url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def secure_cookies(self) -> bool:
        return self.base_url.startswith("https://")


def load(environ: Mapping[str, str] = os.environ, **overrides: object) -> Settings:
    """Settings from the environment; SettingsError names a wrong one."""
    given: dict[str, object] = {
        key.removeprefix("LIANFANG_").lower(): value
        for key, value in environ.items()
        if key.startswith("LIANFANG_") and key not in (*PASSWORDS, compiled.OFF)
    }
    given |= overrides
    if given.get("demo") in (True, "true", "1"):
        given.setdefault(
            "retention_days", 0
        )  # the demo keeps everything, so that historical streams can be replayed into it
    try:
        settings = msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(_named(str(error))) from None
    # what would only fail at the first page, the first QR code or the first message must fail here
    try:
        settings.zone  # noqa: B018
    except (KeyError, ValueError, OSError):
        raise SettingsError(f"LIANFANG_TIMEZONE: there is no time zone {settings.timezone!r}") from None
    for name in (*_URLS, "public_url"):
        url = urlsplit(getattr(settings, name))
        if getattr(settings, name) and (url.scheme not in ("http", "https") or not url.netloc):
            raise SettingsError(f"LIANFANG_{name.upper()} must begin with http:// or https:// and a host")
    for name, needed in _NEEDS.items():
        missing = [other for other in needed if getattr(settings, name) and not getattr(settings, other)]
        if missing:
            raise SettingsError(f"LIANFANG_{missing[0].upper()} is needed with LIANFANG_{name.upper()}")
    if settings.metrics_token and len(settings.metrics_token) < METRICS_TOKEN_MIN:
        raise SettingsError(f"LIANFANG_METRICS_TOKEN needs {METRICS_TOKEN_MIN} characters: openssl rand -hex 16")
    if urlsplit(settings.database_url).password in GUESSED and not settings.development:
        raise SettingsError(
            "LIANFANG_DATABASE_URL has a password that everybody tries first; choose another (openssl rand -hex 16)"
        )
    if settings.secret_key:
        master_secret(settings)
    return settings


def _named(message: str) -> str:
    """msgspec's «Expected `int` <= 65535 - at `$.port`», with the variable's name."""
    detail, _, path = message.partition(" - at `$.")
    if unknown := re.fullmatch(r"Object contains unknown field `(.+)`", detail):
        return f"LIANFANG_{unknown[1].upper()}: there is no such setting"
    return f"LIANFANG_{path.strip('`').upper()}: {detail}"


def master_secret(settings: Settings) -> bytes:
    """The master secret: from the setting, else from home/secret.key, which is made on the first start (mode 0600)."""
    if settings.secret_key:
        try:
            secret = bytes.fromhex(settings.secret_key)
        except ValueError:
            raise SettingsError("LIANFANG_SECRET_KEY must be hexadecimal: openssl rand -hex 32") from None
        if len(secret) < MASTER_BYTES or len(set(secret)) < MASTER_BYTES // 4:
            raise SettingsError("LIANFANG_SECRET_KEY is too short or not random: openssl rand -hex 32")
        return secret
    if settings.database_url:
        raise SettingsError(
            "With LIANFANG_DATABASE_URL set LIANFANG_SECRET_KEY too (openssl rand -hex 32) and keep it safe."
        )
    path = settings.home_path / "secret.key"
    if not path.exists():
        settings.home_path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(MASTER_BYTES))
    return bytes.fromhex(path.read_text())
