"""A wrong setting stops the start, and the message names the variable."""

import secrets
from pathlib import Path

import pytest

from lianfang.config import Settings, SettingsError, load, master_secret

KEY = secrets.token_hex(32)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LIANFANG_PORT", "70000"),
        ("LIANFANG_PORT", "-1"),
        ("LIANFANG_PORT", "http"),
        ("LIANFANG_TIMEZONE", "Mars/Olympus"),
        ("LIANFANG_TIMEZONE", "../../etc/passwd"),
        ("LIANFANG_TIMEZONE", "Asia"),
        ("LIANFANG_TIMEZONE", ""),
        ("LIANFANG_DEMO", "perhaps"),
        ("LIANFANG_RETENTION_DAYS", "-1"),
        ("LIANFANG_RETENTION_DAYS", "a month"),
        ("LIANFANG_LANE_QUEUE", "0"),
        ("LIANFANG_LANE_BATCH", "0"),
        ("LIANFANG_LANE_CONNECTIONS", "1000"),
        ("LIANFANG_TRUSTED_PROXY", "10.0.0.1"),
        ("LIANFANG_PUBLIC_URL", "lianfang.example"),
        ("LIANFANG_PUBLIC_URL", "ftp://lianfang.example"),
        ("LIANFANG_SMS_URL", "gateway"),
        ("LIANFANG_DATABASE_URL", "postgresql://owner:postgres@db.example/lianfang"),
        ("LIANFANG_SECRET_KEY", "not hexadecimal"),
        ("LIANFANG_SECRET_KEY", "abcd"),
        ("LIANFANG_SECRET_KEY", "00" * 32),
        ("LIANFANG_SECRET_KEY", "ab" * 32),
        ("LIANFANG_COLOUR", "red"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        load({variable: value})


def test_an_external_database_needs_a_secret_that_is_kept_apart() -> None:
    settings = load({"LIANFANG_DATABASE_URL": "postgresql://db.example/lianfang"})
    with pytest.raises(SettingsError, match="LIANFANG_SECRET_KEY"):
        master_secret(settings)
    settings = load({"LIANFANG_DATABASE_URL": "postgresql://db.example/lianfang", "LIANFANG_SECRET_KEY": KEY})
    assert master_secret(settings) == bytes.fromhex(KEY)


def test_settings_come_from_the_environment_and_the_command_line_goes_first() -> None:
    environ = {"LIANFANG_PORT": "9000", "LIANFANG_DEMO": "true", "LIANFANG_HOST": "0.0.0.0", "PATH": "/bin"}
    settings = load(environ, port=9001)
    assert (settings.port, settings.demo, settings.host) == (9001, True, "0.0.0.0")
    assert load({}) == Settings()


def test_a_generated_secret_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    settings = load({"LIANFANG_HOME": str(tmp_path / "home")})
    secret = master_secret(settings)
    assert len(secret) == 32
    assert master_secret(settings) == secret
    assert (tmp_path / "home" / "secret.key").stat().st_mode & 0o077 == 0


def test_cookies_are_secure_where_the_public_address_is() -> None:
    assert load({"LIANFANG_PUBLIC_URL": "https://lianfang.example/"}).secure_cookies
    assert load({"LIANFANG_PUBLIC_URL": "https://lianfang.example/"}).base_url == "https://lianfang.example"
    assert not load({}).secure_cookies
    assert load({}).base_url == "http://127.0.0.1:8000"


def test_a_guessed_password_passes_in_development_only() -> None:
    url = "postgresql://owner:changeme@db.example/lianfang"
    with pytest.raises(SettingsError, match="everybody tries first"):
        load({"LIANFANG_DATABASE_URL": url})
    assert load({"LIANFANG_DATABASE_URL": url, "LIANFANG_DEVELOPMENT": "true"}).database_url == url
