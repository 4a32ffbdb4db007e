"""Finds out what keeps an installation from working. Changes nothing."""
