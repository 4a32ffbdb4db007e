"""Use cases: what can be asked of Maestro, and how operations are executed."""
