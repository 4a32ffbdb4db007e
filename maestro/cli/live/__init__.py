"""Fleets in a table that is drawn over and over, on whatever terminal there is."""
