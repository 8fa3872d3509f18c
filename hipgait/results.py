"""What an analysis and a comparison found, with the ways to look at it, keep it and load it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hipgait.errors import InputError
from hipgait.io.covariates import read_covariates
from hipgait.io.identity import local_start
from hipgait.io.results import (
    COMPARISON,
    PDF,
    REPORT,
    read_results,
    unfinished,
    write_json,
    write_results,
)
from hipgait.kinematics.segments import SegmentAngles
from hipgait.recording import Athlete, RunInfo
from hipgait.stats.compare import Comparison
from hipgait.stats.findings import RunFindings

if TYPE_CHECKING:
    from hipgait.report.comparison_view import JournalRows
    from hipgait.report.journal_rows import Log


@dataclass(frozen=True)
class RunResult(RunFindings):
    """What an analysis found, with the ways to look at it and to keep it.

    angles : the angle series, where ``analyze`` was asked to keep them; never saved.
    """

    angles: SegmentAngles | None = None

    def summary(self) -> str:
        """The findings as a short text table, one line an outcome."""
        from hipgait.report.text import summary_text

        return summary_text(self)

    def to_html(self, path: Path | str) -> Path:
        """Write the run report (one HTML file, no network). Returns its path."""
        from hipgait.io.writing import write_text
        from hipgait.report.run import render

        return write_text(Path(path), render(self))

    def to_pdf(self, path: Path | str) -> Path:
        """Write the run report as PDF (the ``pdf`` extra). Returns its path."""
        from hipgait.io.writing import write_bytes
        from hipgait.report.pdf import run_pdf

        return write_bytes(Path(path), run_pdf(self))

    def save(self, folder: Path | str, *, report: bool = True) -> Path:
        """Write strides.parquet, strides.csv, cycles.npz, run.json and report.html.

        covariates.csv holds what sensors beside those of gait said, where there were any. Every
        file is written beside and renamed; UNFINISHED.txt lies beside them until all are there.
        Older findings in the folder are replaced. Returns the folder.
        """
        with unfinished(folder) as out:
            if report:
                self.to_html(out / REPORT)
            write_results(out, self.strides, self.cycles, self.run, self.covariates)
        return out

    def save_figures(self, folder: Path | str, formats: tuple[str, ...] = ("png", "svg")) -> Path:
        """Write every figure of the report. Returns the folder."""
        from hipgait.report.run import save_figures

        save_figures(self, Path(folder), formats)
        return Path(folder)


@dataclass(frozen=True)
class ComparisonResult(Comparison):
    """What a comparison found, with the ways to look at it and to keep it.

    journal_rows : strength, soreness and adherence beside the runs; None without a journal.
    """

    journal_rows: JournalRows | None = None

    def with_journal(self, log: Log) -> ComparisonResult:
        """The same comparison with what a journal says of the days of its runs."""
        from hipgait.report.journal_rows import journal_document, journal_rows

        days = [e.day for e in (*self.entries, *self.aside)]
        known = [day for day in days if day is not None]
        if not known or len(known) < len(days):
            return self._noted("the journal is not shown: a run has no date")
        rows = journal_rows(
            log, min(known), max(known), self.plan.block_start, self.plan.block_weeks
        )
        if not (rows.sessions or rows.tests or rows.soreness or rows.measured):
            return self._noted("the journal has no entry between the first and the last run")
        document = {**self.document, "journal_rows": journal_document(rows)}
        return replace(self, journal_rows=rows, document=document)

    def _noted(self, note: str) -> ComparisonResult:
        notes = (*self.notes, note)
        return replace(self, notes=notes, document={**self.document, "notes": list(notes)})

    def to_html(self, path: Path | str) -> Path:
        """Write the comparison page (one HTML file, no network). Returns its path."""
        from hipgait.io.writing import write_text
        from hipgait.report.comparison import render

        return write_text(Path(path), render(self, self.journal_rows))

    def to_pdf(self, path: Path | str) -> Path:
        """Write the comparison page as PDF (the ``pdf`` extra). Returns its path."""
        from hipgait.io.writing import write_bytes
        from hipgait.report.pdf import comparison_pdf

        return write_bytes(Path(path), comparison_pdf(self, self.journal_rows))

    def save_figure(self, path: Path | str) -> Path:
        """Write the picture of all runs, before and after, as .svg or .png. Returns its path.

        Raises
        ------
        InputError : no run of the comparison has a value.
        """
        from hipgait.io.writing import write_beside
        from hipgait.report.comparison_runs import run_by_run
        from hipgait.report.comparison_source import view_of
        from hipgait.report.style import WIDE_PX

        canvas = run_by_run(view_of(self, self.journal_rows), WIDE_PX)
        if canvas is None:
            raise InputError("no run has a value to draw", "See left_out in comparison.json")
        with write_beside(path) as beside:
            canvas.save(beside)
        return Path(path)

    def save(self, folder: Path | str) -> Path:
        """Write report.html, then comparison.json: where it is, the folder is whole.

        Each is written beside and renamed. Returns the folder.
        """
        out = Path(folder)
        try:
            out.mkdir(parents=True, exist_ok=True)
            for name in (COMPARISON, PDF):
                (out / name).unlink(missing_ok=True)
        except OSError as error:
            raise InputError(f"{out}: cannot be written ({error.strerror})") from None
        self.to_html(out / REPORT)
        write_json(out / COMPARISON, self.document)
        return out


def load(folder: Path | str) -> RunResult:
    """What ``RunResult.save`` wrote, without computing anything again.

    Raises
    ------
    InputError : a file is missing or not of this schema.
    """
    strides, cycles, run = read_results(Path(folder))
    info = run.get("info", {})
    start = local_start(run)
    run_info = RunInfo(
        start_utc=datetime.fromisoformat(start) if start else None,
        speed_mps=info.get("speed_mps"),
        grade_pct=info.get("grade_pct"),
        surface=info.get("surface"),
        shoe=info.get("shoe"),
        fatigued=info.get("fatigued"),
        notes=info.get("notes"),
        athlete=Athlete(**info.get("athlete", {})),
    )
    return RunResult(
        run.get("name", Path(folder).name),
        run_info,
        strides,
        cycles,
        run["summary"],
        run["drift"],
        run["quality"],
        run,
        read_covariates(Path(folder)),
    )
