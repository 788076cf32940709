"""Settings: the environment is read once, and what cannot work is said at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.settings import Settings, SettingsError

PRODUCTION = {
    "LICHENG_SECRET_KEY": "x" * 32,
    "LICHENG_PUBLIC_URL": "https://licheng.example/",
}


def test_production_is_the_default_and_wants_a_secret_and_https() -> None:
    settings = Settings.from_env(PRODUCTION)
    assert settings.env == "production"
    assert settings.public_url == "https://licheng.example"
    assert settings.secure


@pytest.mark.parametrize(
    ("change", "variable"),
    [
        ({"LICHENG_SECRET_KEY": "short"}, "LICHENG_SECRET_KEY"),
        ({"LICHENG_PUBLIC_URL": "http://licheng.example"}, "LICHENG_PUBLIC_URL"),
        ({"LICHENG_ENV": "staging"}, "LICHENG_ENV"),
        ({"LICHENG_MAIL_PORT": "smtp"}, "LICHENG_MAIL_PORT"),
        ({"LICHENG_MAIL_TLS": "perhaps"}, "LICHENG_MAIL_TLS"),
        ({"LICHENG_VAULT_SECOND": ""}, "LICHENG_VAULT_SECOND"),
    ],
)
def test_what_cannot_work_is_named(change: dict[str, str], variable: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        Settings.from_env(PRODUCTION | change)


def test_one_copy_only_by_an_explicit_word() -> None:
    settings = Settings.from_env(
        PRODUCTION | {"LICHENG_VAULT_SECOND": "", "LICHENG_VAULT_SINGLE_COPY": "1"}
    )
    assert settings.vault_second is None


def test_kinds_are_read() -> None:
    settings = Settings.from_env(
        PRODUCTION
        | {
            "LICHENG_LMS_PRIVATE_HOSTS": "lms.school.tw, 10.1.2.3",
            "LICHENG_VAULT_PRIMARY": "/srv/vault",
            "LICHENG_PROXY_HOPS": "1",
        }
    )
    assert settings.lms_private_hosts == ("lms.school.tw", "10.1.2.3")
    assert settings.vault_primary == Path("/srv/vault")
    assert settings.proxy_hops == 1


def test_secrets_stay_out_of_the_representation() -> None:
    settings = Settings.from_env(PRODUCTION | {"LICHENG_MAIL_PASSWORD": "hunter2"})
    assert "hunter2" not in repr(settings)
    assert "x" * 32 not in repr(settings)
