"""Adapters of the stores: PostgreSQL for what must survive anything, Redis for what must be fast."""
