"""Every example does what it says, from an empty folder, and draws its picture."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "examples").glob("[0-9][0-9]_*.py"))
SAID = {
    "01": r"pelvis dropped 0\.\d° more[\s\S]*Pelvic drop, left .* Drifted",
    "02": r"as shipped +pelvic drop (\d\.\d)\d deg over 119[\s\S]*strange files +pelvic drop \1",
    "08": r"182 stances paired, clocks 17\.2\d\d s apart[\s\S]*Pelvic drop +176",
}
"""What a run of it prints, by number."""
QUICK = {"01"}
"""Run with all tests; the others take longer (make test-ci-long)."""


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def marked(path: Path) -> object:
    marks = [] if path.stem[:2] in QUICK else [pytest.mark.long, pytest.mark.ci]
    return pytest.param(path, id=path.stem, marks=marks)


@pytest.mark.parametrize("path", [marked(p) for p in SCRIPTS])
def test_it_says_and_draws(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    picture = load(path).main(tmp_path / "out")
    assert re.search(SAID[path.stem[:2]], capsys.readouterr().out)
    assert picture.is_relative_to(tmp_path / "out")
    head = picture.read_bytes()[:8]
    assert head.startswith(b"\x89PNG" if picture.suffix == ".png" else b"<svg")
    assert {p.name for p in tmp_path.iterdir()} == {"out"}, "it writes into --out alone"


def test_they_are_numbered_and_begin_with_how_to_run_them() -> None:
    assert [p.stem[:2] for p in SCRIPTS] == sorted(SAID)
    for path in SCRIPTS:
        first = path.read_text("utf-8").split('"""')[1]
        assert first.startswith(f"{path.stem[:2]} ")
        assert f"python examples/{path.name}" in first
