"""``agree`` on real trials: a shank accelerometer beside a force plate on another clock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hipgait as hg
from hipgait.errors import InputError
from hipgait.names import G_MPS2
from validation.datasets import bach


def trial(folder: Path, number: int, out: Path) -> tuple[hg.RunResult, Path]:
    """The findings of one trial, and the plate's contacts 12.5 s later on a clock of their own."""
    table = np.loadtxt(folder / f"trial{number:02d}_running.csv.gz", delimiter=",", skiprows=1)
    ic, tc = bach.contacts(table[:, 0], table[:, 4])
    path = out / f"plate{number}.csv"
    plate = pd.DataFrame({"ic_s": ic + 12.5, "side": "left", "contact_time_s": tc - ic})
    plate.to_csv(path, index=False)
    leg = hg.SensorStream("left_shank", table[:, 0], table[:, 1:4] * G_MPS2, acc_range=8 * G_MPS2)
    return hg.analyze(hg.Recording({"left_shank": leg}, name=f"trial {number}")), path


@pytest.mark.long
def test_contact_times_beside_a_force_plate(
    real_data: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = real_data("shank-acc-grf")
    pair = trial(folder, 7, tmp_path)
    found = hg.agree([pair])
    (about,) = found.document["pairs"]
    assert about["offset_s"] == pytest.approx(-12.5, abs=0.005)
    assert (about["matched"], about["missed"], about["extra"]) == (34, 0, 0)
    contact = found.table["contact_time_s"]["left"]
    assert contact is not None
    assert contact.n >= 30
    assert abs(contact.bias.value) < 0.004
    assert contact.sd < 0.008
    # 20 contacts of one leg could be off by a stride: it says so
    with pytest.raises(InputError, match="at two offsets"):
        hg.agree([trial(folder, 1, tmp_path)])
