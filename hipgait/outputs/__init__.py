"""Findings and signals for other programs: OpenSim, FIT, BIDS, tables with their dictionary."""
