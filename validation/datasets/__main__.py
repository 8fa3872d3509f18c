"""``python -m validation.datasets NAME FOLDER``: one line a trial."""

from __future__ import annotations

import argparse
from pathlib import Path

from hipgait.api import analyze
from hipgait.errors import HipgaitError
from validation.datasets import bach, compare, grouvel, marea, neura_sparse, pac12, texsense

LOADERS = {
    "bach": bach.trials,
    "grouvel": grouvel.trials,
    "marea": marea.trials,
    "neura-sparse": neura_sparse.trials,
    "pac12": pac12.trials,
    "texsense": texsense.trials,
}


def main() -> None:
    """Print the comparison of every trial."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(LOADERS))
    parser.add_argument("folder", type=Path)
    o = parser.parse_args()
    for trial in LOADERS[o.name](o.folder):
        try:
            found = compare(trial, analyze(trial.recording).strides)
        except HipgaitError as error:
            print(f"{trial.name}: {error}")
            continue
        print(f"{trial.name}: " + ", ".join(f"{k} {v:.4g}" for k, v in found.items()), flush=True)


if __name__ == "__main__":
    main()
