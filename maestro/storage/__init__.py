"""Adapters of the stores: PostgreSQL for what must last, Redis for what must be fast."""
