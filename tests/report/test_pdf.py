"""The PDF: whole, of A4 pages, with the words of the page, and nothing read as markup."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hipgait.cli.main import run as hipgait
from hipgait.report import pdf
from hipgait.report.comparison import context as comparison_context
from hipgait.report.run import context
from hipgait.report.view import View
from tests.report.fabricate import STORIES, fabricate, nothing_found
from tests.report.invent_comparison import STATES, journal
from tests.report.test_repeats import session

BAD = '#panic("x") *b* _i_ $1/0$ `r` \\ <a> @b // = [#read("/etc/hosts")] </svg>"\''


def sizes(made: bytes) -> list[tuple[float, float]]:
    """Width and height of every page, points."""
    whole = made
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, flags=re.S):
        with contextlib.suppress(zlib.error):  # not every stream is packed
            whole += zlib.decompress(packed)
    found = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", whole)
    return [(float(a), float(b)) for a, b in found]


@pytest.mark.parametrize("state", ["slipped", "walking_only", "nothing"])
def test_a_run_in_states_that_lack_parts(state: str) -> None:
    found = nothing_found() if state == "nothing" else fabricate(STORIES[state])
    made = pdf.run_pdf(found)
    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")
    pages = sizes(made)
    assert 1 <= len(pages) <= 4
    assert all(page == pytest.approx((595.28, 841.89), abs=0.1) for page in pages)


def test_repeats_stand_on_paper_too(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pdf.run_pdf(session())
    assert all(page == pytest.approx((595.28, 841.89), abs=0.1) for page in sizes(whole))
    monkeypatch.setattr("hipgait.report.run.repeat_section", lambda view: None)
    # compiled without the section the document is smaller: its table is on the paper
    assert len(whole) > len(pdf.run_pdf(session())) + 1000


@pytest.mark.parametrize("state", ["too_few_runs", "nothing"])
def test_a_comparison_in_states_that_lack_parts(state: str) -> None:
    made = pdf._made("comparison.typ", comparison_context(STATES[state]()))
    assert made.startswith(b"%PDF-")
    assert 1 <= len(sizes(made)) <= 3


def test_names_and_notes_are_text_and_never_markup() -> None:
    base = STATES["withdrawn"]()
    runs = tuple(replace(r, name=BAD, left_out=r.left_out and BAD) for r in base.runs)
    tests = tuple(replace(t, label=BAD) for t in journal().tests)
    bad = replace(
        base,
        athlete=BAD,
        runs=runs,
        notes=(BAD,),
        method=BAD,
        journal=replace(journal(), tests=tests),
    )
    assert pdf._made("comparison.typ", comparison_context(bad)).startswith(b"%PDF-")
    found = fabricate(STORIES["very_short"])
    inputs = [{"path": BAD, "sha256": "0" * 64}]
    info = replace(found.info, athlete=replace(found.info.athlete, name=BAD), shoe=BAD)
    ugly = replace(found, name=BAD, info=info, run={**found.run, "inputs": inputs})
    assert pdf.run_pdf(ugly).startswith(b"%PDF-")


def test_the_templates_get_the_words_and_drawings_of_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: dict[str, Any] = {}

    class Typst:
        @staticmethod
        def compile(source: bytes, **options: Any) -> bytes:
            seen.update(source=source.decode(), **options)
            return b"%PDF-"

    monkeypatch.setattr(pdf, "need_typst", lambda: Typst)
    monkeypatch.setattr(pdf, "installed_fonts", tuple)
    findings = replace(fabricate(STORIES["very_short"]), name=BAD)
    pdf.run_pdf(findings)
    data = json.loads(seen["sys_inputs"]["data"])
    page = context(View(findings))
    assert data["answer"]["first"] == page["answer"].first
    assert [r["change"] for r in data["table"]["rows"]] == [
        r["change"] for r in page["table"]["rows"]
    ]
    assert BAD not in seen["source"]
    # no font of the page is here: what comes with matplotlib, drawn a little smaller
    drawing = data["main"]["wide"]
    assert data["fonts"] == [pdf.FALLBACK]
    assert f"font-family=\"'{pdf.FALLBACK}'\"" in drawing["svg"]
    whole = re.findall(r"font-size: ([\d.]+)px", str(page["main"]["wide"]))
    small = re.findall(r"font-size: ([\d.]+)px", drawing["svg"])
    assert [float(s) for s in small] == pytest.approx(
        [float(s) * pdf.FALLBACK_SIZE for s in whole], rel=1e-4
    )
    assert drawing["alt"].endswith(".")


@pytest.mark.parametrize(
    "words",
    [
        lambda out: ["analyze", "nowhere", "--out", out, "--pdf"],
        lambda out: ["compare", "--before", "a", "--after", "b", "--out", out, "--pdf"],
    ],
)
def test_without_typst_one_line_names_the_cure(
    words: Callable[[str], list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    assert hipgait(words(str(tmp_path / "out"))) == 1
    error = capsys.readouterr().err.strip()
    assert error.splitlines() == [error]
    assert 'pip install "hipgait[pdf]"' in error
    assert not (tmp_path / "out").exists()
