"""The drift test on noise with known memory: false alarms, power, coverage, bias, onset."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from typing import Final

import numpy as np
from scipy import fft
from scipy.signal import lfilter

from hipgait.recording import FloatArray
from hipgait.stats.blocks import block_count
from hipgait.stats.course import trend

KINDS: Final = ("white", "AR .5", "AR .9", "AR .98", "H .7", "H .85", "H .95", "mixture")
STRIDES: Final = (600, 4000, 12000)
PACES: Final = ("none", "random walk", "r = .8")
SHAPES: Final = ("straight", "step", "step at 0.433", "late onset")
"""of the change; a step at 0.433 falls within a block"""
SEED: Final = 5


def fractional(rng: np.random.Generator, runs: int, n: int, hurst: float) -> FloatArray:
    """(runs, n) fractional Gaussian noise of SD 1 by circulant embedding (Davies & Harte 1987)."""
    k = np.arange(n + 1)
    h = 2.0 * hurst
    row = 0.5 * (np.abs(k + 1.0) ** h - 2.0 * np.abs(k * 1.0) ** h + np.abs(k - 1.0) ** h)
    power = np.maximum(fft.fft(np.r_[row, row[-2:0:-1]]).real, 0.0)
    half = (runs + 1) // 2
    z = rng.standard_normal((half, len(power))) + 1j * rng.standard_normal((half, len(power)))
    y = fft.fft(np.sqrt(power / len(power)) * z, axis=1)[:, :n]
    return np.concatenate([y.real, y.imag])[:runs]


def noise(rng: np.random.Generator, kind: str, runs: int, n: int) -> FloatArray:
    """(runs, n) noise of SD about 1."""
    if kind == "white":
        return rng.standard_normal((runs, n))
    if kind == "mixture":
        parts = [noise(rng, k, runs, n) for k in ("white", "AR .98", "H .8")]
        return 0.75 * parts[0] + 0.5 * parts[1] + 0.43 * parts[2]
    name, value = kind.split()
    if name == "H":
        return fractional(rng, runs, n, float(value))
    phi = float(value)
    drawn = lfilter([1.0], [1.0, -phi], rng.standard_normal((runs, n + 500)), axis=1)[:, 500:]
    return np.asarray(drawn * np.sqrt(1.0 - phi**2))


def pace(rng: np.random.Generator, kind: str, runs: int, n: int) -> FloatArray | None:
    """(runs, n) pace of SD 1: a random walk, or one whose correlation with time is 0.8."""
    if kind == "none":
        return None
    walk = np.cumsum(rng.standard_normal((runs, n)), axis=1)
    walk -= walk.mean(axis=1, keepdims=True)
    if kind == "r = .8":
        time = np.linspace(-1.0, 1.0, n)
        time /= np.sqrt(time @ time)
        walk -= (walk @ time)[:, None] * time
        walk = 0.8 * time + 0.6 * walk / np.sqrt((walk**2).sum(axis=1, keepdims=True))
    return np.asarray(walk / walk.std(axis=1, keepdims=True))


def shape(name: str, n: int) -> FloatArray:
    """(n,) a change of 1 from start to end."""
    t = (np.arange(n) + 0.5) / n
    if name.startswith("step"):
        at = 0.433 if name.endswith("0.433") else 0.5
        return np.asarray((t > at).astype(np.float64))
    return np.clip((t - 0.6) / 0.4, 0.0, 1.0) if name == "late onset" else t


def _blocks(values: FloatArray, count: int) -> FloatArray:
    edges = np.arange(values.shape[-1]) * count // values.shape[-1]
    start = np.searchsorted(edges, np.arange(count))
    return np.asarray(np.add.reduceat(values, start, axis=-1) / np.bincount(edges))


def cell(task: tuple[str, int, str, float, int, tuple[str, ...]]) -> dict[str, FloatArray]:
    """Shape -> (runs, 5): estimate, rejected, covered, onset claimed, onset. "none" among them."""
    kind, n, pace_kind, sd, runs, shapes = task
    rng = np.random.default_rng([SEED, *task[0].encode(), n, *pace_kind.encode()])
    count = block_count(n)
    where = (np.arange(count) + 0.5) / count
    y = sd * _blocks(noise(rng, kind, runs, n), count)
    x = pace(rng, pace_kind, runs, n)
    others = np.ones((runs, count, 1))
    if x is not None:
        block = _blocks(x, count)
        others = np.stack([others[:, :, 0], block - block.mean(axis=1, keepdims=True)], axis=-1)
    out = {}
    for name in shapes:
        truth = 0.0 if name == "none" else 1.0
        added = truth * _blocks(shape(name, n), count)
        rows = []
        for row, beside in zip(y + added, others, strict=True):
            found = trend(row, beside, where)
            if found is None:
                raise SystemExit("no scatter in simulated noise")
            low, high = found.interval(0.05)
            bent = found.bend_p is not None and found.bend_p < 0.05 and found.onset[1] > 0
            claimed = bent and (low > 0 or high < 0)
            rows.append(
                [found.total, low > 0 or high < 0, low <= truth <= high, claimed, found.onset[0]]
            )
        out[name] = np.array(rows, dtype=np.float64)
    return out


def table(runs: int, workers: int) -> str:
    """All tables of the simulation; ``runs`` a cell."""
    nulls = [(k, n, p, 1.0, runs, ("none",)) for n in STRIDES for p in PACES for k in KINDS]
    drifts = [(k, 4000, "random walk", 1.0, runs, ("straight",)) for k in KINDS]
    bent = [(k, 4000, "none", 0.5, runs, SHAPES) for k in KINDS]
    with ProcessPoolExecutor(workers) as pool:
        found = list(pool.map(cell, [*nulls, *drifts, *bent]))
    null, drift, shapes = (
        found[: len(nulls)],
        found[len(nulls) : len(nulls) + len(drifts)],
        found[len(nulls) + len(drifts) :],
    )
    width = len(KINDS)
    head = f"| strides | pace | {' | '.join(KINDS)} |\n|---|---|{'---|' * width}\n"
    lines = []
    labels = [(n, p) for n in STRIDES for p in PACES]
    for i, (n, p) in enumerate(labels):
        cells = null[i * width : (i + 1) * width]
        lines.append(f"| {n} | {p} | {_row([c['none'][:, 1].mean() for c in cells], 3)} |")
    text = f"False alarms (nominal 0.05), {runs} runs a cell; coverage is one minus this\n\n"
    text += head + "\n".join(lines) + "\n\n"
    text += "Drift of 1 SD of a stride, 4000 strides\n\n"
    text += f"| | {' | '.join(KINDS)} |\n|---|{'---|' * width}\n"
    power = [c["straight"][:, 1].mean() for c in drift]
    text += f"| power, pace a random walk | {_row(power, 2)} |\n"
    text += "| asked for (one earlier method) | 1.00 | 0.97 | 0.66 | – | 0.89 | 0.38 | – | – |\n\n"
    text += "Drift of 1 deg, strides of SD 0.5 deg, 4000 strides, no covariate\n\n"
    text += f"| | {' | '.join(KINDS)} |\n|---|{'---|' * width}\n"
    for name in SHAPES:
        rows = [c[name] for c in shapes]
        text += f"| {name}: bias, deg | {_row([r[:, 0].mean() - 1.0 for r in rows], 2)} |\n"
        text += f"| {name}: coverage | {_row([r[:, 2].mean() for r in rows], 2)} |\n"
        text += f"| {name}: onset claimed | {_row([r[:, 3].mean() for r in rows], 2)} |\n"
    return text


def _row(values: list[float], digits: int) -> str:
    return " | ".join(f"{v:.{digits}f}" for v in values)
