"""Rooms as processes of this machine."""
