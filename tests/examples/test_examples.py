"""Every example does what it says, from an empty folder, and draws its picture."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "examples").glob("[0-9][0-9]_*.py"))
NOTEBOOK = ROOT / "examples" / "10_tour.ipynb"
SAID = {
    "01": r"pelvis dropped 0\.\d° more[\s\S]*Pelvic drop, left .* Drifted",
    "02": r"as shipped +pelvic drop (\d\.\d)\d deg over 119[\s\S]*strange files +pelvic drop \1",
    "03": r"pelvis: 9\d\d\d samples, 104\.\d Hz[\s\S]*2\d\d stances, 168 steps a minute",
    "04": r"vector decoded: acc .*faults 0\nread \d+ samples at 100\.0 Hz\n126 stances",
    "05": r"pelvic drop: -1\.\d deg .*\nverdict: improved; the truth is -1\.5 deg",
    "06": r"[1-9]\d* cues in the capture[\s\S]*\(-\d\.\d deg\)",
    "07": r"batch: 2 of 2 analysed\nlibrary: 60 runs taken in, 0 failed\n[\s\S]*2025-01",
    "08": r"182 stances paired, clocks 17\.2\d\d s apart[\s\S]*Pelvic drop +176",
    "09": r"synthetic file[\s\S]*stances 1\d\d, truth 1\d\d, recall (1|0\.99\d?), precision",
}
"""What a run of it prints, by number."""
MORE = {"07": {"runs": 60}}
"""What is given beside --out: fewer runs than the script's thousand."""
QUICK = {"01"}
"""Run with all tests; the others take longer (make test-ci-long)."""
NOT_IN_CI = {"06"}
"""A minute of processor time (make test-long)."""


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


def marked(path: Path) -> Any:
    number = path.stem[:2]
    marks = [] if number in QUICK else [pytest.mark.long]
    if marks and number not in NOT_IN_CI:
        marks.append(pytest.mark.ci)
    return pytest.param(path, id=path.stem, marks=marks)


@pytest.mark.parametrize("path", [marked(p) for p in SCRIPTS])
def test_it_says_and_draws(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = path.stem[:2]
    monkeypatch.chdir(tmp_path)
    picture = load(path).main(tmp_path / "out", **MORE.get(number, {}))
    assert re.search(SAID[number], capsys.readouterr().out)
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


def test_the_page_shows_every_example_with_a_small_picture() -> None:
    page = (ROOT / "docs" / "examples.md").read_text("utf-8")
    for path in [*SCRIPTS, NOTEBOOK]:
        assert f"(../examples/{path.name})" in page
    shown = re.findall(r"!\[[^\]]+\]\(img/examples/(\d\d)\.(?:png|svg)\)", page)
    assert shown == [p.stem[:2] for p in SCRIPTS]
    pictures = list((ROOT / "docs" / "img" / "examples").iterdir())
    assert sorted(p.stem for p in pictures) == shown, "run: make docs"
    assert all(p.stat().st_size < 100_000 for p in pictures)


def notebook() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(NOTEBOOK.read_text("utf-8"))
    return found


def test_the_notebook_is_one_and_holds_no_output() -> None:
    """By the format's own rules (nbformat 4.5)."""
    book = notebook()
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert set(book) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    ids = [cell["id"] for cell in book["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", i) for i in ids)
    for cell in book["cells"]:
        code = cell["cell_type"] == "code"
        keys = {"cell_type", "id", "metadata", "source"}
        assert set(cell) == keys | ({"outputs", "execution_count"} if code else set())
        if code:
            assert (cell["outputs"], cell["execution_count"]) == ([], None)


@pytest.mark.ci
@pytest.mark.long
def test_the_cells_of_the_notebook_run_in_order(tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        for cell in notebook()["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)
    assert "pelvis: 3" in said.getvalue()
    assert re.search(r"8\d\d stances: bias \+0\.0\d deg, SD 0\.\d\d deg", said.getvalue())
    names["figure"].savefig(tmp_path / "course.png")
    assert len(names["figure"].axes[0].lines) == 2
