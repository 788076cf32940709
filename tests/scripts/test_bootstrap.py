"""What the bootstrap decides: what is missing, who may install it, what is done already."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import bootstrap
from scripts.bootstrap import BootstrapError, Package


def yes() -> bool:
    return True


def no() -> bool:
    return False


PACKAGES = (
    Package("there", "one thing", yes),
    Package("absent", "another thing", no),
    Package("only-for-tests", "a third thing", no, tests_only=True),
)


@pytest.mark.parametrize(
    ("tests", "names"), [(False, ["absent"]), (True, ["absent", "only-for-tests"])]
)
def test_only_what_is_not_there_is_missing(tests: bool, names: list[str]) -> None:
    found = bootstrap.missing_packages(tests, PACKAGES)
    assert [package.name for package in found] == names


def test_the_list_of_packages_names_each_once_and_says_why() -> None:
    names = [package.name for package in bootstrap.PACKAGES]
    assert len(names) == len(set(names))
    assert all(package.why for package in bootstrap.PACKAGES)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been run."""
    ran: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "step", lambda _label, argv, **_: ran.append(argv))
    return ran


def missing() -> list[Package]:
    return bootstrap.missing_packages(False, PACKAGES)


def test_nothing_missing_runs_nothing(steps: list[list[str]]) -> None:
    bootstrap.install_packages([], root=False, apt=None)
    assert not steps


def test_who_is_not_root_is_told_what_to_type(
    steps: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BootstrapError) as refused:
        bootstrap.install_packages(missing(), root=False, apt="/usr/bin/apt-get")
    assert "sudo apt-get install -y --no-install-recommends absent" in str(refused.value)
    assert "absent (another thing)" in capsys.readouterr().out
    assert not steps


def test_without_apt_the_names_are_given(steps: list[list[str]]) -> None:
    with pytest.raises(BootstrapError, match=r"no Debian.*absent"):
        bootstrap.install_packages(missing(), root=True, apt=None)


@pytest.mark.parametrize(
    ("stale", "commands"), [(True, ["update", "install"]), (False, ["install"])]
)
def test_root_installs_and_fetches_lists_only_if_they_are_old(
    steps: list[list[str]], monkeypatch: pytest.MonkeyPatch, stale: bool, commands: list[str]
) -> None:
    monkeypatch.setattr(bootstrap, "lists_are_stale", lambda: stale)
    bootstrap.install_packages(missing(), root=True, apt="apt-get")
    assert [next(w for w in argv if w in {"update", "install"}) for argv in steps] == commands
    assert steps[-1][-3:] == ["-y", "--no-install-recommends", "absent"]


def test_a_refused_install_is_tried_again_with_fresh_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def step(label: str, argv: list[str], **_: object) -> None:
        ran.append("update" if "update" in argv else "install")
        if ran == ["install"]:
            raise BootstrapError("404")

    monkeypatch.setattr(bootstrap, "step", step)
    monkeypatch.setattr(bootstrap, "lists_are_stale", no)
    bootstrap.install_packages(missing(), root=True, apt="apt-get")
    assert ran == ["install", "update", "install"]


def test_package_lists_grow_old(tmp_path: Path) -> None:
    assert bootstrap.lists_are_stale(tmp_path)
    (tmp_path / "mirror_main_binary-amd64_Packages.lz4").touch()
    now = tmp_path.stat().st_mtime
    assert not bootstrap.lists_are_stale(tmp_path, now)
    assert bootstrap.lists_are_stale(tmp_path, now + bootstrap.LISTS_GOOD_FOR + 60)


def test_requirements_are_read_from_setup_cfg(tmp_path: Path) -> None:
    file = tmp_path / "setup.cfg"
    file.write_text(
        "[options]\ninstall_requires =\n    # web\n    Flask>=3.1\n\n"
        "[options.extras_require]\ndev =\n    pytest>=8\nscale =\n    other\n"
    )
    assert bootstrap.wanted_requirements(file) == ["Flask>=3.1", "pytest>=8"]


def test_the_stamp_changes_with_the_wishes_and_with_the_python() -> None:
    stamp = bootstrap.requirements_stamp
    assert stamp(["a"], "3.11") == stamp(["a"], "3.11")
    assert len({stamp(["a"], "3.11"), stamp(["a", "b"], "3.11"), stamp(["a"], "3.12")}) == 3


def test_a_broken_environment_is_seen(tmp_path: Path) -> None:
    assert not bootstrap.venv_works(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(tmp_path / "gone")
    assert not bootstrap.venv_works(tmp_path)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "log" / "bootstrap.log")
    return lambda: bootstrap.LOG.read_text()


def test_a_failed_step_shows_the_end_of_its_output(log: Callable[[], str]) -> None:
    with pytest.raises(BootstrapError, match=r"(?s)a label failed \(3\).*the reason"):
        bootstrap.step("a label", ["sh", "-c", "echo the reason; exit 3"])
    assert "the reason" in log()


def test_a_good_step_is_quiet_and_gets_no_input(
    log: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap.step("a label", ["sh", "-c", "cat; echo details"])
    assert "details" in log()
    assert "details" not in capsys.readouterr().out


def test_the_bootstrap_uses_only_the_standard_library() -> None:
    source = Path(bootstrap.__file__).read_text()
    imported = [
        line.split()[1] for line in source.splitlines() if line.startswith(("import ", "from "))
    ]
    import sys

    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names | {"__future__"}
    assert os.access(bootstrap.ROOT / ".ci" / "run", os.X_OK)
