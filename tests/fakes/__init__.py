"""The ports in memory. Whatever holds for them holds for the adapters: see `tests/contract`."""
