"""Coverage-guided fuzzing with atheris: `make fuzz`, or

    python -m tests.fuzz.fuzz TARGET [options of libFuzzer, or a file to repeat]

It stops at the first input that breaks a promise of targets.py; that input is kept in .fuzz/TARGET.
`python -m tests.fuzz.corpus TARGET` puts what was found into the corpus that the tests replay.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["hipgait"]):
    from hipgait.io.exports import readers
    from tests.fuzz.corpus import FOLDER, kept
    from tests.fuzz.targets import TARGETS

    readers()  # imported one by one when a file asks for them


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"name one of: {', '.join(TARGETS)}")
    name = sys.argv.pop(1)
    corpus = FOLDER / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate((*TARGETS[name].seeds(), *kept(name))):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [f"-artifact_prefix={corpus}/broke-", "-print_final_stats=1", "-max_len=16384"]
    files = [] if any(not word.startswith("-") for word in sys.argv[1:]) else [str(corpus)]
    atheris.Setup([sys.argv[0], *options, *sys.argv[1:], *files], TARGETS[name].try_)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
