"""The exception tree.

::

    HipgaitError                 one clear line: what, where, what to do
    |-- InputError               a file or a value that cannot be used
    |   |-- FormatError          unreadable or ambiguous file contents (carries line and column)
    |   |-- MissingInputError    a file, folder or placement that is not there
    |   |-- NoGaitError          a recording without a sensor that tells of gait (carries the rest)
    |   `-- UnclearSensorsError  where sensors sat cannot be told (carries a table)
    |-- SettingsError            a setting outside its allowed values
    |-- NotMeasurable            the sensors at hand cannot give what was asked
    |-- RadioError               no adapter, no sensor, or one that does not do as its profile says
    `-- MissingExtraError        an optional dependency is not installed

The command line prints ``str(error)`` on one line and exits with code 1; a table goes before it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class HipgaitError(Exception):
    """Base of every error that hipgait raises on purpose.

    Parameters
    ----------
    what : what is wrong, without a full stop.
    cure : what the user can do about it.
    """

    def __init__(self, what: str, cure: str = "") -> None:
        self.what = what
        self.cure = cure
        super().__init__(self._line())

    def _line(self) -> str:
        text = self.what.rstrip(".")
        return " ".join(f"{text}. {self.cure}".split()) if self.cure else " ".join(text.split())


class InputError(HipgaitError):
    """A file or a value given by the user that cannot be used."""


class FormatError(InputError):
    """File contents that cannot be read safely.

    Parameters
    ----------
    path : the file.
    what : what is wrong there.
    cure : what to do.
    line : 1-based line number in the file, where known.
    column : name of the column, where known.
    """

    def __init__(
        self,
        path: Path | str,
        what: str,
        cure: str = "",
        *,
        line: int | None = None,
        column: str | None = None,
    ) -> None:
        self.path = Path(path)
        self.line = line
        self.column = column
        where = str(path)
        if line is not None:
            where += f", line {line}"
        if column is not None:
            where += f", column {column}"
        super().__init__(f"{where}: {what}", cure)


class MissingInputError(InputError):
    """A file, folder or placement that is not there."""


class NoGaitError(InputError):
    """No sensor of a recording tells of gait.

    Parameters
    ----------
    covariates : what its sensors said all the same; None where nothing.
    """

    def __init__(
        self, what: str, cure: str = "", *, covariates: pd.DataFrame | None = None
    ) -> None:
        self.covariates = covariates
        super().__init__(what, cure)


class UnclearSensorsError(InputError):
    """Neither names nor signals say where the sensors sat.

    Parameters
    ----------
    table : what is known of each file, for a reader.
    """

    def __init__(self, what: str, cure: str = "", *, table: str = "") -> None:
        self.table = table
        super().__init__(what, cure)


class SettingsError(HipgaitError):
    """A setting outside its allowed values."""


class NotMeasurable(HipgaitError):
    """The sensors at hand cannot give what was asked."""


class RadioError(HipgaitError):
    """Bluetooth cannot do what was asked.

    Parameters
    ----------
    kind : "no_adapter" | "adapter_off" | "permission" | "not_found" | "busy" | "wrong_profile" |
        "refused" | "mtu" | "lost" | "silent".
    """

    def __init__(self, kind: str, what: str, cure: str = "") -> None:
        self.kind = kind
        super().__init__(what, cure)


class MissingExtraError(HipgaitError):
    """An optional dependency is not installed.

    Parameters
    ----------
    package : the import name that is missing.
    extra : the hipgait extra that brings it.
    """

    def __init__(self, package: str, extra: str) -> None:
        self.package = package
        self.extra = extra
        super().__init__(
            f"{package} is not installed", f'Install it with: pip install "hipgait[{extra}]"'
        )
