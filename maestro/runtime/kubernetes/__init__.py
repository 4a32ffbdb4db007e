"""Rooms as pods: one namespace per scheduler, one pod per room, one watch for all of them."""
