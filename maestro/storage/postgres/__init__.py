"""Schedulers, their versions and the identity of the installation in PostgreSQL."""
