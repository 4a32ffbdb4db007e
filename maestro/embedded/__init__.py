"""PostgreSQL and Redis from Python packages, for one machine: `maestro dev` and the tests."""
