"""``hipgait demo`` on a shorter run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hipgait.cli.main import run
from hipgait.simulate import demo
from hipgait.simulate.body import protocol_then_run


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = replace(demo.DEMO_RUNNER, schedule=protocol_then_run(150.0, 10.0))
    monkeypatch.setattr(demo, "DEMO_RUNNER", runner)


def test_findings_beside_the_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "demo"
    assert run(["demo", "--out", str(out)]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert "truth" in captured.out
    assert "Pelvic drop, left (deg)" in captured.out
    assert "along the fitted" not in captured.out  # nothing was tested
    assert (out / "report.html").stat().st_size < 3e6


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--out", str(tmp_path / "demo"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["contacts"]["found"] > 0.98 * document["contacts"]["true"]
    (drop,) = [
        line
        for line in document["truth"]
        if (line["outcome"], line["side"]) == ("pelvic_drop_excursion", "pooled")
    ]
    found, true = drop["change"]
    assert found == pytest.approx(true, abs=0.4)
    assert true > 0.5
    assert document["tested"] == []  # too short a run for the test


def test_out_is_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("x")
    assert run(["demo", "--out", str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err.startswith("hipgait: ")
