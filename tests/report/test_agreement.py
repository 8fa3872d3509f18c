"""What the table and the picture of an agreement say is what was found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hipgait.io.reference import COMPARED
from hipgait.report.agreement import MOST_POINTS, agreement_canvas, shown, summary_text, table_text
from hipgait.stats.agreement import agree
from hipgait.stats.agreement_runs import AgreementFindings


def findings(column: str, scale: float, n: int = 200) -> AgreementFindings:
    """n stances, hipgait 0.3 above a reference, in ``scale`` units."""
    rng = np.random.default_rng(1)
    truth = 5.0 + rng.normal(0.0, 1.0, n)
    a, b = scale * (truth + 0.3 + rng.normal(0.0, 0.2, n)), scale * truth
    side = np.where(np.arange(n) % 2 == 0, "left", "right")
    pairs = pd.DataFrame({"side": side, column: a, f"reference_{column}": b})
    by_side = {
        key: agree(a[rows], b[rows], ["a"] * int(rows.sum()))
        for key, rows in (
            ("left", side == "left"),
            ("right", side == "right"),
            ("pooled", np.ones(n, dtype=bool)),
        )
    }
    pair = {"run": "x", "matched": n, "offset_s": 1.5, "scatter_ms": 3.0}
    pair |= {"missed": 1, "extra": 2, "left_out": 4}
    return AgreementFindings(pairs, {column: by_side}, ("mind this",), {"pairs": [pair]})


def test_the_text_says_what_was_found() -> None:
    text = summary_text(findings("pelvic_drop_peak_deg", 1.0))
    assert "x: 200 stances paired, clocks 1.500 s apart, contacts within 3 ms (SD)" in text
    assert "1 of the reference not found, 2 found beside it, 4 left out as not valid" in text
    lines = [line for line in text.splitlines() if line.startswith(("Peak", "  left", "  right"))]
    assert len(lines) == 3
    assert all("+0.3°" in line for line in lines)
    assert text.endswith("- mind this")


def test_seconds_are_told_in_milliseconds_and_stay_seconds_in_the_table() -> None:
    found = findings("contact_time_s", 0.01)
    assert "+3 ms" in summary_text(found)
    head, *rows = table_text(found).splitlines()
    assert [row.split(",")[1] for row in rows] == ["left", "right", "pooled"]
    bias = float(rows[2].split(",")[head.split(",").index("bias")])
    assert bias == pytest.approx(0.003, abs=5e-4)


def test_every_column_has_words_and_a_unit() -> None:
    labels = [shown(name).label for name in COMPARED]
    assert len(set(labels)) == len(labels)
    assert not any("_" in label for label in labels)
    assert shown("pelvic_drop_ic_deg").label == "Pelvic drop at contact"
    assert shown("duty_factor")[1:3] == ("%", 100.0)


def test_the_picture_tells_its_numbers_and_is_never_a_blot() -> None:
    found = findings("contact_time_s", 0.01, MOST_POINTS * 2 + 1)
    canvas = agreement_canvas(found, "contact_time_s")
    assert "bias +3\u00a0ms" in canvas.title
    words = {t.get_text() for t in canvas.axes.texts}
    assert "Contact time: hipgait minus reference" in words
    assert any(w.startswith("bias +3") for w in words)
    assert any("801" in w.replace("\u202f", "") and "stances drawn" in w for w in words)
    drawn = sum(len(x.get_xdata()) for x in canvas.axes.lines if x.get_linestyle() == "None")
    assert 0 < drawn <= MOST_POINTS
