"""Every setting: name, default, meaning; read once from the environment (prefix `LICHENG_`)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(Exception):
    """The environment holds a value that cannot be used; the message names the variable."""

    code = "SETTINGS_INVALID"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one installation. Each field is `LICHENG_<NAME>` in the environment."""

    env: str = "production"
    """`production`, `development` (plain http and loopback LMS allowed) or `test`."""

    secret_key: str = field(default="", repr=False)
    """Signs receipts and file links, encrypts personal data. Required in production."""

    database_url: str = "sqlite:///var/licheng.sqlite3"
    """SQLAlchemy URL; SQLite (default) or `postgresql+psycopg://…`."""

    queue_url: str = "sqlite:///var/queue.sqlite3"
    """Where Huey keeps the queue: an SQLite file or a `postgresql://` address."""

    public_url: str = "http://localhost:8080"
    """The address that browsers and the LMS use; scheme, host and port, no trailing slash."""

    vault_primary: Path = Path("var/vault/primary")
    """Folder of the first copy of every file."""

    vault_second: Path | None = Path("var/vault/second")
    """Folder of the second copy; should be another disk. Empty needs `vault_single_copy`."""

    vault_single_copy: bool = False
    """True accepts one copy only: a permanent banner, and receipts that say 一份."""

    staging: Path = Path("var/staging")
    """Where uploads are written while they stream in; same file system as `vault_primary`."""

    reports: Path = Path("var/reports")
    """Where jobs write manifests and packages before they are put into the vault."""

    assistant_model: Path = Path("var/assistant/model")
    """The trained model of the conversation; `flask assistant train` makes it."""

    language_model_url: str = ""
    """Base address of an OpenAI-compatible server (`https://…/v1`) that may propose how a sentence
    is meant; empty: none is asked, and nothing is sent."""

    language_model_key: str = field(default="", repr=False)
    """Bearer token for it; empty: none."""

    language_model_name: str = ""
    """The model, as that server calls it. Required with `language_model_url`."""

    language_model_private: bool = False
    """True: that one server stands in the school's own network; it may have a private address and
    speak plain http."""

    language_model_always: bool = False
    """True asks about every sentence, not only where the offline reading is unsure."""

    static: Path = Path("static")
    """Front-end files as laid out by `scripts/assets.py`."""

    mail_host: str = "localhost"
    mail_port: int = 25
    mail_user: str = ""
    mail_password: str = field(default="", repr=False)
    mail_tls: bool = False
    mail_from: str = "licheng@localhost"

    proxy_hops: int = 0
    """How many reverse proxies stand in front (X-Forwarded-* is believed from that many)."""

    lms_private_hosts: tuple[str, ...] = ()
    """Host names of LMSs on private addresses that outbound HTTP may reach, comma separated."""

    job_lease_seconds: int = 30
    """How long a worker that says nothing keeps its job before another takes it over."""

    roster_hours: int = 24
    """A launch has the roster of its LMS course read anew when it is older than this."""

    storage_wait_ms: int = 1500
    """How long a launch waits for the LMS's browser storage before it goes on without: once at the
    login, once at the launch."""

    session_idle_minutes: int = 120
    session_hours: int = 12

    @property
    def secure(self) -> bool:
        """True when browsers reach us by https."""
        return self.public_url.startswith("https://")

    @property
    def development(self) -> bool:
        return self.env in {"development", "test"}

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        complete: bool = True,
        **overrides: object,
    ) -> Settings:
        """Read the environment.

        :param complete: False for what needs no installation: nothing is asked to be there.
        :param overrides: values that win over the environment (tests, benchmarks).
        :raises SettingsError: an unusable value, or production without what it needs.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, object] = {}
        for one in fields(cls):
            raw = environ.get(f"LICHENG_{one.name.upper()}")
            if raw is not None:
                values[one.name] = _read(one.name, str(one.type), raw)
        values.update(overrides)
        settings = cls(**values)  # type: ignore[arg-type]
        if complete:
            settings._check()
        return settings

    def _check(self) -> None:
        if self.env not in {"production", "development", "test"}:
            raise SettingsError(f"LICHENG_ENV: {self.env!r} is not production, development or test")
        if self.env == "production" and len(self.secret_key) < 32:
            raise SettingsError("LICHENG_SECRET_KEY: production needs at least 32 characters")
        if self.env == "production" and not self.secure:
            raise SettingsError("LICHENG_PUBLIC_URL: production needs https")
        if self.vault_second is None and not self.vault_single_copy:
            raise SettingsError(
                "LICHENG_VAULT_SECOND: give a second place for the files, or accept one copy by "
                "LICHENG_VAULT_SINGLE_COPY=1"
            )
        self.check_language_model()

    def check_language_model(self) -> None:
        """:raises SettingsError: a model is set that cannot be asked."""
        if not self.language_model_url:
            return
        try:
            parts = urlsplit(self.language_model_url)
            named = parts.hostname and parts.username is None and not parts.query
        except ValueError:
            named = None
        schemes = {"https", "http"} if self.language_model_private else {"https"}
        if not named or parts.scheme not in schemes:
            raise SettingsError(
                "LICHENG_LANGUAGE_MODEL_URL: not an https address (plain http only for a server of "
                "one's own, with LICHENG_LANGUAGE_MODEL_PRIVATE=1)"
            )
        if not self.language_model_name:
            raise SettingsError("LICHENG_LANGUAGE_MODEL_NAME: which model is to be asked?")


def _read(name: str, kind: str, raw: str) -> object:
    variable = f"LICHENG_{name.upper()}"
    if kind == "bool":
        if raw.lower() not in {"1", "0", "true", "false", "yes", "no", ""}:
            raise SettingsError(f"{variable}: {raw!r} is not yes or no")
        return raw.lower() in {"1", "true", "yes"}
    if kind == "int":
        try:
            return int(raw)
        except ValueError as error:
            raise SettingsError(f"{variable}: {raw!r} is not a number") from error
    if kind.startswith("tuple"):
        return tuple(part.strip() for part in raw.split(",") if part.strip())
    if kind.startswith("Path"):
        return Path(raw) if raw else None
    return raw.rstrip("/") if name == "public_url" else raw
