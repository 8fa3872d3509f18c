"""Angle series as OpenSim motion (``.mot``) and storage (``.sto``) files.

Layout: a header that ends with ``endheader``, then one tab-separated row a frame, the first column
``time`` (OpenSim documentation, "Motion (.mot) Files" and "Storage (.sto) Files";
Delp et al. 2007, doi:10.1109/TBME.2007.901024). ``.mot`` names the pelvis as the gait models do
(``pelvis_tilt``, ``pelvis_list``, ``pelvis_rotation``: turns about z, x, y, in this order),
``.sto`` keeps the names and signs of hipgait.

Deviations: there is no position (no ``pelvis_tx`` ...), ``pelvis_rotation`` is without its slow
mean (no magnetometer), and shank angles are told relative to gravity, not to the thigh: they are
columns of their own, which a model without them passes over. Series are smoothed with the
contract's filter and brought to one grid by linear interpolation.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from hipgait.errors import InputError
from hipgait.io.writing import write_beside
from hipgait.kinematics.angles import smooth
from hipgait.kinematics.segments import PelvisSeries, SegmentAngles
from hipgait.names import SIDES
from hipgait.recording import FloatArray
from hipgait.settings import AngleSettings

LETTER: Final = {"left": "l", "right": "r"}


def model_angles(
    obliquity: FloatArray, tilt: FloatArray, rotation: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Pelvis angles of hipgait as (pelvis_tilt, pelvis_list, pelvis_rotation) of the gait models.

    Parameters
    ----------
    obliquity : (n,) rad, + = right side up.
    tilt : (n,) rad, + = anterior.
    rotation : (n,) rad, + = turned left.

    Returns
    -------
    (n,) each, rad. Here the pelvis turns about y, then x, then z (Baker 2001,
    doi:10.1016/S0966-6362(00)00083-7); in the models about z, then x, then y. There, an anterior
    tilt is negative, and so is a raised right side.
    """
    # R = Ry(rotation) Rx(-obliquity) Rz(-tilt), its elements that the other sequence is read from
    sy, cy = np.sin(rotation), np.cos(rotation)
    sx, cx = -np.sin(obliquity), np.cos(obliquity)
    sz, cz = -np.sin(tilt), np.cos(tilt)
    r01, r11 = -cy * sz + sy * sx * cz, cx * cz
    r20, r21, r22 = -sy * cz + cy * sx * sz, sy * sz + cy * sx * cz, cy * cx
    return (
        np.arctan2(-r01, r11),
        np.arcsin(np.clip(r21, -1.0, 1.0)),
        np.arctan2(-r20, r22),
    )


def series_of(
    angles: SegmentAngles, fmt: str, settings: AngleSettings | None = None
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """(time_s, column -> degrees) on one grid: that of the pelvis, or of the first shank there is.

    Raises
    ------
    InputError : no segment has angles.
    """
    pelvis = angles.pelvis
    legs = {side: angles.shank[side] for side in SIDES if side in angles.shank}
    first = pelvis if pelvis is not None else next(iter(legs.values()), None)
    if first is None:
        raise InputError(
            "no segment of this recording has angles", "Export the stride table: --format csv"
        )
    n = len(first.obliquity if isinstance(first, PelvisSeries) else first.lean)
    time = first.t0 + np.arange(n) / first.fs
    columns = _pelvis(pelvis, fmt, settings) if pelvis is not None else {}
    for side, leg in legs.items():
        own = leg.t0 + np.arange(len(leg.lean)) / leg.fs
        for name, values in (("shank_lean", leg.lean), ("shank_angle", leg.sagittal)):
            shown = np.interp(
                time, own, smooth(values, leg.fs, settings), left=np.nan, right=np.nan
            )
            columns[f"{name}_{LETTER[side]}" if fmt == "mot" else f"{side}_{name}_deg"] = shown
    return time, {name: np.degrees(values) for name, values in columns.items()}


def _pelvis(
    pelvis: PelvisSeries, fmt: str, settings: AngleSettings | None
) -> dict[str, FloatArray]:
    smoothed = [
        smooth(x, pelvis.fs, settings) for x in (pelvis.obliquity, pelvis.tilt, pelvis.rotation)
    ]
    if fmt == "mot":
        names = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")
        return dict(zip(names, model_angles(*smoothed), strict=True))
    return dict(
        zip(
            ("pelvis_obliquity_deg", "pelvis_tilt_deg", "pelvis_rotation_deg"),
            smoothed,
            strict=True,
        )
    )


def write_motion(path: Path, name: str, angles: SegmentAngles, fmt: str) -> int:
    """Write one ``.mot`` or ``.sto`` file, beside and renamed. Returns its number of rows.

    Raises
    ------
    InputError : no segment has angles, or the file cannot be written.
    """
    time, columns = series_of(angles, fmt)
    data = np.column_stack([time, *columns.values()])
    with write_beside(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as handle:
        handle.write(_header(name, data.shape, columns))
        np.savetxt(handle, data, fmt=["%.5f", *["%.4f"] * len(columns)], delimiter="\t")
    return len(data)


def _header(name: str, shape: tuple[int, ...], columns: Mapping[str, FloatArray]) -> str:
    title = " ".join(name.split()) or "run"
    lines = (
        title,
        "version=1",
        f"nRows={shape[0]}",
        f"nColumns={shape[1]}",
        "inDegrees=yes",
        "endheader",
        "\t".join(("time", *columns)),
    )
    return "\n".join(lines) + "\n"
