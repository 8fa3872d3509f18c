"""What is missing is named, with the way to get it."""

from __future__ import annotations

import json

import pytest

from hipgait.cli import doctor
from hipgait.cli.main import run


def test_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    for word in ("numpy", "scipy", "firmware profiles", "data", "python"):
        assert word in out


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is True
    assert {"name", "state", "detail", "cure"} == set(document["checks"][0])


def test_a_missing_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "CORE", ("numpy", "not_a_package_of_hipgait"))
    assert run(["doctor"]) == 1
    captured = capsys.readouterr()
    assert "!!  not_a_package_of_hipgait" in captured.out
    assert captured.err.count("\n") == 1
    assert "pip install" in captured.err


def test_vqf_is_not_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = doctor.find_spec
    monkeypatch.setattr(doctor, "find_spec", lambda n: None if n == "vqf" else real(n))
    assert run(["doctor"]) == 0
    assert "NumPy" in capsys.readouterr().out
