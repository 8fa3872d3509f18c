"""``hipgait agree``: from a laboratory's table to files, and one clear line for what cannot be."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import hipgait as hg
from hipgait.cli.main import run
from tests.cli.test_comparing import save
from tests.report.fabricate import Story

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "agreement.schema.json").read_text())
DROP = "pelvic_drop_excursion_deg"
STORY = Story(minutes=3.0, turns=0)
COLUMNS = ["--column", "ic_s=Time", "--column", "side=Foot", "--column", f"{DROP}=-Obliquity"]


def reference(folder: Path, path: Path, seed: int = 0, **more: object) -> pd.DataFrame:
    """A laboratory that saw two minutes: 37 s apart, 0.5 deg lower, 0.3 deg of noise."""
    rng = np.random.default_rng(seed)
    strides = hg.load(folder).strides
    seen = strides[strides["ic_s"].between(strides["ic_s"].iloc[40], strides["ic_s"].iloc[380])]
    table = pd.DataFrame(
        {
            "Time": seen["ic_s"] - 37.0 + rng.normal(0.0, 0.002, len(seen)),
            "Foot": seen["side"].str.upper(),
            "Obliquity": -(seen[DROP] - 0.5 + rng.normal(0.0, 0.3, len(seen))),
            **more,
        }
    )
    if seed == 0:
        table["cadence_spm"] = seen["cadence_spm"]
    table.to_csv(path, index=False)
    return table


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lab")
    for k in range(3):
        save(root / f"run{k}", replace(STORY, seed=k), k + 1)
        reference(root / f"run{k}", root / f"optical{k}.csv", k, Who=f"p{k}")
    return root


def words(lab: Path, out: Path, *which: int) -> list[str]:
    pairs = [str(p) for k in which for p in (lab / f"run{k}", lab / f"optical{k}.csv")]
    return ["agree", *pairs, *COLUMNS, "--out", str(out)]


def test_one_run(lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words(lab, tmp_path / "out", 0)) == 0
    said = capsys.readouterr().out
    assert "341 stances paired, clocks 37.000 s apart" in said
    assert "one participant" in said
    document = json.loads((tmp_path / "out" / "agreement.json").read_text())
    jsonschema.validate(document, SCHEMA)
    (pair,) = document["pairs"]
    assert pair["offset_s"] == pytest.approx(37.0, abs=0.001)
    assert (pair["matched"], pair["missed"], pair["extra"]) == (341, 0, 0)
    assert pair["compared"] + pair["left_out"] == 341
    drop = document["outcomes"][DROP]
    for key in ("left", "right", "pooled"):
        assert drop[key]["bias"]["value"] == pytest.approx(0.5, abs=0.08)
        assert drop[key]["sd"] == pytest.approx(0.3, abs=0.05)
        assert drop[key]["icc"]["value"] > 0.3
    names = {p.name for p in (tmp_path / "out").iterdir()}
    pictures = {f"{c}.{kind}" for c in (DROP, "cadence_spm") for kind in ("svg", "png")}
    assert names == {"agreement.json", "agreement.csv", "pairs.csv", *pictures}
    rows = list(csv.DictReader((tmp_path / "out" / "agreement.csv").read_text().splitlines()))
    pooled = next(r for r in rows if (r["column"], r["side"]) == (DROP, "pooled"))
    assert float(pooled["bias"]) == pytest.approx(drop["pooled"]["bias"]["value"], rel=1e-4)
    pairs = pd.read_csv(tmp_path / "out" / "pairs.csv")
    difference = pairs[DROP] - pairs[f"reference_{DROP}"]
    assert difference.mean() == pytest.approx(drop["pooled"]["bias"]["value"], abs=1e-4)


def test_participants_are_counted(
    lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words(lab, tmp_path / "out", 0, 1, 2), "--participant", "Who", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)["agreement"]
    jsonschema.validate(document, SCHEMA)
    assert [p["participant"] for p in document["pairs"]] == ["p0", "p1", "p2"]
    drop = document["outcomes"][DROP]["pooled"]
    assert (drop["participants"], drop["method"]) == (3, "repeated")
    assert drop["sd_between"] < 0.1 < drop["sd_within"]
    assert drop["bias"]["ci_low"] < 0.5 < drop["bias"]["ci_high"]
    assert any("3 participants" in note for note in document["notes"])
    result = hg.agree([(lab / f"run{k}", lab / f"optical{k}.csv") for k in (0, 1)], columns={
        "ic_s": "Time", "side": "Foot", DROP: "-Obliquity"})  # fmt: skip
    assert any("participant of its own" in note for note in result.notes)
    assert result.table[DROP]["pooled"].participants == 2  # type: ignore[union-attr]


def test_numbers_of_another_count_are_not_used(lab: Path, tmp_path: Path) -> None:
    """A table with times and numbers of its own, one off: the times count."""
    strides = hg.load(lab / "run0").strides.iloc[50:300]
    table = strides[["stride_id", "ic_s", "side", DROP]]
    table.assign(stride_id=strides["stride_id"] + 1).to_csv(tmp_path / "other.csv", index=False)
    pair = (lab / "run0", tmp_path / "other.csv")
    pooled = hg.agree([pair]).table[DROP]["pooled"]
    assert pooled is not None
    assert pooled.rmse == pytest.approx(0.0, abs=1e-9)
    named = hg.agree([pair], columns={"stride_id": "stride_id"})
    assert named.document["pairs"][0]["paired_by"] == "number"


def test_several_references_of_one_run_are_one_participant(lab: Path, tmp_path: Path) -> None:
    """Cameras that filmed two minutes of a long recording."""
    table = pd.read_csv(lab / "optical0.csv")
    parts = [tmp_path / "first.csv", tmp_path / "second.csv"]
    for path, rows in zip(parts, (table[:150], table[180:]), strict=True):
        rows.to_csv(path, index=False)
    words = [w for path in parts for w in (str(lab / "run0"), str(path))]
    assert run(["agree", *words, *COLUMNS, "--out", str(tmp_path / "out")]) == 0
    document = json.loads((tmp_path / "out" / "agreement.json").read_text())
    assert [p["matched"] for p in document["pairs"]] == [150, 161]
    drop = document["outcomes"][DROP]["pooled"]
    assert (drop["participants"], drop["method"]) == (1, "one_participant")


def test_by_number_and_with_gaps(lab: Path, tmp_path: Path) -> None:
    strides = hg.load(lab / "run0").strides.iloc[100:200]
    table = strides[["stride_id", DROP]].copy()
    table.iloc[5:10, 1] = np.nan  # markers were lost
    table.to_parquet(tmp_path / "lab.parquet")
    result = hg.agree([(lab / "run0", tmp_path / "lab.parquet")])
    (pair,) = result.document["pairs"]
    assert (pair["paired_by"], pair["matched"], pair["offset_s"]) == ("number", 100, None)
    pooled = result.table[DROP]["pooled"]
    assert pooled is not None
    both = strides["valid"] & table[DROP].notna() & strides[DROP].notna()
    assert pooled.n == int(both.sum())
    assert pooled.bias.value == 0.0


BAD = {
    "empty.csv": ("", "empty"),
    "names.csv": ("a,b\n1,2\n3,4\n", "no column ic_s"),
    "nothing.csv": ("ic_s,side\n1,left\n2,right\n", "no column that can be compared"),
    "word.csv": ("ic_s,side,contact_time_s\n1,left,0.2\n2,right,about\n", "line 3, column contact"),
    "side.csv": ("ic_s,side,contact_time_s\n1,left,0.2\n2,both,0.2\n", "'both' is no side"),
    "twice.csv": ("stride_id,contact_time_s\n1,0.2\n1,0.3\n", "two stances with stride_id 1"),
    "few.csv": ("ic_s,side,contact_time_s\n1,left,0.2\n2,right,0.2\n", "too few"),
    "hours.csv": (
        "ic_s,contact_time_s\n" + "".join(f"{k * k},0.2\n" for k in range(50)),
        "meet a contact of the run",
    ),
    "no.parquet": ("x", "no Parquet"),
}


@pytest.mark.parametrize("name", BAD)
def test_one_line_for_a_reference_that_cannot_be(
    lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text, told = BAD[name]
    (tmp_path / name).write_text(text)
    words = ["agree", str(lab / "run0"), str(tmp_path / name), "--out", str(tmp_path / "out")]
    assert run(words) == 1
    said = capsys.readouterr().err
    assert name in said
    assert told in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_wrong_use(lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--out", str(tmp_path / "out")]
    one = [str(lab / "run0"), str(lab / "optical0.csv")]
    assert run(["agree", one[0], *out]) == 2
    assert run(["agree", *one, *out, "--column", "ic_s"]) == 2
    assert run(["agree", *one, *out, "--column", "ic_s=a", "--column", "ic_s=b"]) == 2
    assert run(["agree", *one, *out, "--column", "knee_valgus=x"]) == 1
    assert "knee_valgus" in capsys.readouterr().err
    assert run(["agree", *one, *out, "--column", "ic_s=Zeit"]) == 1
    assert "There are: Time, Foot, Obliquity" in capsys.readouterr().err
    assert run(["agree", *one, *one, *out, *COLUMNS]) == 1
    assert "given twice" in capsys.readouterr().err
    assert run(["agree", *one, *out, *COLUMNS, "--gait", "walk"]) == 1
    assert "gait 'walk'" in capsys.readouterr().err
