"""Opening a library, of whatever version; what brings an older one up to date is loaded only then:
a list of ten thousand runs is there before NumPy would be.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from hipgait.library.store import FORMAT, Library


def open_library(folder: Path | str, *, create: bool = False) -> Library:
    """Open a library; an older one is brought up to date.

    Raises
    ------
    MissingInputError : there is none (and ``create`` is false).
    FormatError : damaged, or of a newer version.  InputError : cannot be written.
    """
    library = Library.as_it_is(folder, create=create)
    if library.version < FORMAT:
        from hipgait.library.migrate import rebuild

        with ExitStack() as opened:
            opened.enter_context(library)
            rebuild(library, library.version)
            library.version = FORMAT
            opened.pop_all()  # it stays open: nothing went wrong
    return library
