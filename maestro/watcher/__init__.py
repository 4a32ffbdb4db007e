"""Follows what happens to rooms in the runtime. Pure decisions apart from waiting and writing."""
