"""Columns of pelvis and shank from series whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.kinematics.segments import PelvisSeries, ShankSeries
from hipgait.metrics.impact import peak_tibial_acceleration_g, shock_attenuation_db
from hipgait.metrics.knee import knee_travel_mm, shank_columns, shank_length
from hipgait.metrics.pelvis import peak_in_window, pelvis_columns, vertical_oscillation_cm
from hipgait.metrics.timing import leg_stiffness_kn_m
from hipgait.names import G_MPS2
from hipgait.settings import AngleSettings, MetricSettings

FS, STRIDE, CONTACT = 200.0, 0.7, 0.25
TIME = np.arange(int(20 * FS)) / FS
IC = np.arange(2.0, 17.0, STRIDE / 2)
LEFT = np.arange(len(IC)) % 2 == 0
TC = IC + CONTACT
END = IC + STRIDE


def pelvis(roll_offset_deg: float = 0.0, drop_deg: float = 3.0) -> PelvisSeries:
    """Obliquity with one period a stride: right side up after a right contact."""
    phase = 2 * np.pi * (TIME - IC[1]) / STRIDE
    zeros = np.zeros_like(TIME)
    amplitude, f = 0.05, 2 / STRIDE
    vertical = -amplitude * (2 * np.pi * f) ** 2 * np.cos(2 * np.pi * f * (TIME - IC[0]))
    return PelvisSeries(
        0.0,
        FS,
        np.radians(drop_deg * np.sin(phase) + roll_offset_deg),
        np.radians(2 * np.sin(2 * phase)),
        zeros,
        zeros + np.radians(2.0),
        vertical,
        G_MPS2 * np.ones_like(TIME),
    )


def test_drop_reads_peak_excursion_and_side() -> None:
    columns, curves = pelvis_columns(pelvis(), LEFT, IC, TC, END, AngleSettings())
    assert columns["pelvic_drop_ic_deg"] == pytest.approx(0.0, abs=0.05)
    assert columns["pelvic_drop_peak_deg"] == pytest.approx(3.0, abs=0.05)
    assert columns["pelvic_drop_excursion_deg"] == pytest.approx(3.0, abs=0.08)
    assert columns["pelvic_drop_peak_pct"] == pytest.approx(100 * STRIDE / 4 / CONTACT, abs=1.5)
    assert columns["pelvis_obliquity_range_deg"] == pytest.approx(6.0, abs=0.1)
    assert columns["turn_rate_deg_s"] == pytest.approx(2.0)
    assert curves["pelvic_drop_deg_stance"].shape == (len(IC), 101)


@given(offset=st.floats(-8, 8), drop=st.floats(0.5, 6))
def test_excursion_and_the_mean_of_both_sides_are_free_of_roll(offset: float, drop: float) -> None:
    settings = AngleSettings()
    plain, _ = pelvis_columns(pelvis(0.0, drop), LEFT, IC, TC, END, settings)
    rolled, _ = pelvis_columns(pelvis(offset, drop), LEFT, IC, TC, END, settings)
    key = "pelvic_drop_excursion_deg"
    assert rolled[key] == pytest.approx(plain[key], abs=1e-9)
    for side in (LEFT, ~LEFT):
        sign = -1.0 if side is LEFT else 1.0
        shift = rolled["pelvic_drop_peak_deg"][side] - plain["pelvic_drop_peak_deg"][side]
        assert shift == pytest.approx(sign * offset, abs=1e-9)


def test_peak_is_looked_for_in_the_first_three_quarters_only() -> None:
    curve = np.zeros((1, 101))
    curve[0, 50], curve[0, 90] = 1.0, 9.0
    value, place = peak_in_window(curve, 0.75)
    assert (value[0], place[0]) == (1.0, 50.0)
    unknown, _ = peak_in_window(np.full((2, 101), np.nan), 0.75)
    assert np.isnan(unknown).all()


def test_vertical_oscillation_of_a_known_bounce() -> None:
    got = vertical_oscillation_cm(pelvis(), IC, IC + STRIDE / 2, END)
    assert got == pytest.approx(10.0, abs=0.1)


def shank() -> ShankSeries:
    phase = 2 * np.pi * (TIME - IC[0]) / STRIDE
    impact = np.zeros_like(TIME)
    for t in IC:
        impact += 8 * G_MPS2 * np.exp(-0.5 * ((TIME - t - 0.03) / 0.008) ** 2)
    return ShankSeries(
        0.0,
        FS,
        np.radians(2 + 4 * np.sin(phase)),
        np.radians(10 * np.cos(phase)),
        np.radians(100 * np.cos(phase)),
        impact,
    )


def test_shank_columns_of_a_known_movement() -> None:
    ic, tc = IC[LEFT], TC[LEFT]
    columns, curves = shank_columns(shank(), ic, tc, AngleSettings())
    assert columns["shank_lean_ic_deg"] == pytest.approx(2.0, abs=0.1)
    assert columns["shank_lean_max_deg"] == pytest.approx(6.0, abs=0.1)
    assert columns["shank_lean_min_deg"] == pytest.approx(2.0, abs=0.1)
    assert columns["shank_lean_excursion_deg"] == pytest.approx(4.0, abs=0.15)
    speed = 4 * 2 * np.pi / STRIDE
    assert columns["shank_lean_velocity_peak_deg_s"] == pytest.approx(speed, rel=0.03)
    assert columns["shank_angle_ic_deg"] == pytest.approx(10.0, abs=0.15)
    assert curves["shank_lean_deg_stance"].shape == (len(ic), 101)


def test_impact_is_the_axial_peak_in_g() -> None:
    got = peak_tibial_acceleration_g(shank(), IC, MetricSettings())
    assert got == pytest.approx(8.0, abs=0.15)


def test_attenuation_of_a_tenth_is_minus_twenty_decibel() -> None:
    s = shank()
    p = pelvis()
    weaker = PelvisSeries(
        p.t0, p.fs, p.obliquity, p.tilt, p.rotation, p.turn_rate, 0.1 * s.axial_acc, p.resultant_acc
    )
    assert shock_attenuation_db(weaker, s, IC, TC) == pytest.approx(-20.0, abs=1e-6)


def test_knee_travel_and_shank_length() -> None:
    got = knee_travel_mm(np.array([0.0]), np.array([30.0]), 0.4)
    assert got == pytest.approx([200.0])
    assert shank_length(1.8, None) == pytest.approx(0.4428)
    assert shank_length(1.8, 0.41) == 0.41
    assert shank_length(None, None) is None


def test_leg_stiffness_against_a_hand_computed_runner() -> None:
    got = leg_stiffness_kn_m(np.array([0.25]), np.array([0.11]), np.array([3.3]), 70.0, 1.75)
    force = 70 * G_MPS2 * np.pi / 2 * (0.11 / 0.25 + 1)
    dy = force * 0.25**2 / (70 * np.pi**2) - G_MPS2 * 0.25**2 / 8
    leg = 0.9275
    dl = leg - np.sqrt(leg**2 - 0.4125**2) + dy
    assert got[0] == pytest.approx(force / dl / 1000)
    assert 5 < got[0] < 20
    no_flight = leg_stiffness_kn_m(np.array([0.25]), np.array([-0.1]), np.array([3.3]), 70.0, 1.75)
    assert np.isnan(no_flight).all()
