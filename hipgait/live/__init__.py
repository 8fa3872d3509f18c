"""Live: estimators that follow a run, cues, and where the samples come from."""
