"""One installation below a folder: its secret, its settings, its addresses."""

from __future__ import annotations

import smtplib
import socket
import stat
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from plugin.settings import Settings
from scripts.house import ROOT, House
from scripts.supervisor import free_port


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "var", web_port=0, lms_port=0, mail_port=0)


def test_the_secret_is_made_once_and_is_private(house: House) -> None:
    secret = house.secret()
    assert len(secret) >= 32
    assert house.secret() == secret
    assert stat.S_IMODE((house.var / "secret").stat().st_mode) == 0o600


def test_the_product_understands_the_settings(house: House) -> None:
    settings = Settings.from_env(house.environment())
    assert settings.development
    assert settings.public_url == house.url
    assert settings.vault_second is not None
    assert settings.vault_primary.is_relative_to(house.var)
    assert settings.vault_second.is_relative_to(house.var)
    assert settings.mail_port == house.mail_port


def test_the_persons_own_environment_wins(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LICHENG_VAULT_SECOND", str(tmp_path / "other-disk"))
    assert house.environment()["LICHENG_VAULT_SECOND"] == str(tmp_path / "other-disk")


def test_tool_and_lms_are_on_different_hosts(house: House) -> None:
    assert house.url.startswith("http://localhost:")
    assert house.lms_url.startswith("http://127.0.0.1:")


def test_a_busy_port_gives_another_address(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert House(tmp_path / "var", web_port=port).web_port != port


def test_the_mail_sink_keeps_every_message_as_a_file(tmp_path: Path) -> None:
    port = free_port(0)
    argv = [sys.executable, "-m", "scripts.mail_sink", str(port), str(tmp_path / "mail")]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as sink:
        try:
            assert sink.stdout is not None
            assert sink.stdout.readline().startswith("ready")
            message = EmailMessage()
            message["From"], message["To"] = "licheng@localhost", "s1@qingtian.test"
            message["Subject"] = "課程學習成果已認證"
            message.set_content("恭喜")
            with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
                server.send_message(message)
                server.send_message(message)
            names = sorted(path.name for path in (tmp_path / "mail").glob("*.eml"))
            assert names == ["000001.eml", "000002.eml"]
        finally:
            sink.terminate()
    deadline = time.monotonic() + 10
    while sink.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sink.returncode == 0
