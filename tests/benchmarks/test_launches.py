"""Every side of the launch benchmarks runs, in small; ours and the raw one accept nothing twice."""

import json

import pytest

from benchmarks import harness
from benchmarks.launches import load, ltijs, ours, postgres, pylti, raw
from scripts.with_postgres import find_binaries

FEW = 8


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(load, "WARM_UP", FEW)


def said(capfd):
    """(launches a second, what was said of replays)"""
    lines = capfd.readouterr().out.splitlines()
    [value] = [line[len(harness.MARK) :] for line in lines if line.startswith(harness.MARK)]
    [note] = [line[len(harness.NOTE) :] for line in lines if line.startswith(harness.NOTE)]
    return json.loads(value), note


def test_ours(capfd):
    assert ours.run(FEW) == 0
    value, note = said(capfd)
    assert value > 0
    assert "used launch accepted: 0 of 20" in note
    assert note.endswith("at once accepted: 1")


def test_ours_on_postgresql(capfd):
    if find_binaries() is None:
        pytest.skip("PostgreSQL's server is not installed")
    with postgres.server() as sockets:
        assert ours.run(FEW, f"postgresql+psycopg://licheng@/postgres?host={sockets}") == 0
    value, note = said(capfd)
    assert value > 0
    assert note.endswith("at once accepted: 1")


def test_pylti(capfd):
    assert pylti.run(FEW) == 0
    value, note = said(capfd)
    assert value > 0
    assert "used launch accepted: 20 of 20" in note


@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_raw(capfd, synchronous):
    assert raw.run(FEW, synchronous) == 0
    value, note = said(capfd)
    assert value > 0
    assert "used launch accepted: 0 of 20" in note
    assert note.endswith("at once accepted: 1")


@pytest.mark.parametrize("auth", ["RSA_KEY", "JWK_SET"])
def test_ltijs(capfd, auth):
    if not (ltijs.PACKAGES / ".done").exists() or find_binaries() is None:
        pytest.skip("`make bench-launch_ltijs` fetches the packages")
    with postgres.server() as sockets:
        assert ltijs.run(FEW, sockets, auth) == 0
    value, note = said(capfd)
    assert value > 0
    assert "used launch accepted: 0 of 20" in note
