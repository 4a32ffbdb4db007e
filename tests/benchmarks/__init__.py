"""Figures, printed by `make bench` and never asserted: work per CPU second, next to a reference."""
