"""Measurements behind docs/validation.md; run as ``python -m validation.<name>``."""
