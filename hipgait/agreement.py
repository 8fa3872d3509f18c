"""Runs beside what another system measured of the same stances: ``hg.agree``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hipgait.api import analyze
from hipgait.errors import InputError
from hipgait.io.reference import read_reference
from hipgait.io.results import AGREEMENT, is_results, write_json
from hipgait.results import load
from hipgait.stats.agreement_runs import AgreementFindings, agree_runs
from hipgait.stats.findings import RunFindings


@dataclass(frozen=True)
class AgreementResult(AgreementFindings):
    """How runs agree with a reference, with the ways to look at it and to keep it."""

    def summary(self) -> str:
        """How stances were paired, and the table, as text."""
        from hipgait.report.agreement import summary_text

        return summary_text(self)

    def save(self, folder: Path | str) -> Path:
        """Write pairs.csv, agreement.csv and the pictures, then agreement.json: where it is, the
        folder is whole. Each is written beside and renamed. Returns the folder.

        Raises
        ------
        InputError : the folder cannot be written.
        """
        from hipgait.report.agreement import write_pictures, write_tables

        out = Path(folder)
        try:
            out.mkdir(parents=True, exist_ok=True)
            (out / AGREEMENT).unlink(missing_ok=True)
        except OSError as error:
            raise InputError(f"{out}: cannot be written ({error.strerror})") from None
        write_tables(self, out)
        write_pictures(self, out)
        write_json(out / AGREEMENT, self.document)
        return out


def agree(
    runs: Sequence[tuple[RunFindings | Path | str, Path | str]],
    *,
    columns: Mapping[str, str] | None = None,
    participant: str | None = None,
    offset_s: float | None = None,
    gait: str = "run",
) -> AgreementResult:
    """Compare runs with what another system measured of the same stances (Bland-Altman).

    Parameters
    ----------
    runs : (run, reference): the run as for ``compare``, and a CSV or Parquet table of the
        reference with one row a stance (docs/validate-in-your-lab.md).
    columns : hipgait's column -> the reference's; ``-NAME`` turns the sign.
    participant : the reference's column that names whose run it is.
    offset_s : to add to the reference's clock, s; searched where None.
    gait : stances to compare, "run" | "walk" | "both".

    Raises
    ------
    InputError : a reference that cannot be read or paired, or nothing to compare.
    """
    if not runs:
        raise InputError("no run to compare", "Give a run and its reference")
    # what is wrong with a reference shows before the first analysis
    references = [read_reference(path, columns, participant) for _, path in runs]
    kept: dict[Path, RunFindings] = {}  # one run may have several references
    pairs = [
        (_findings(run, kept), reference)
        for (run, _), reference in zip(runs, references, strict=True)
    ]
    return AgreementResult(**vars(agree_runs(pairs, offset_s=offset_s, gait=gait)))


def _findings(run: RunFindings | Path | str, kept: dict[Path, RunFindings]) -> RunFindings:
    if isinstance(run, RunFindings):
        return run
    path = Path(run).resolve()
    if path not in kept:
        kept[path] = load(run) if is_results(Path(run)) else analyze(run)
    return kept[path]
