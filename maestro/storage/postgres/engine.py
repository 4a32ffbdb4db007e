"""The connection pool. Connects at first use, never at construction."""

import sqlalchemy as sa

from maestro.storage.postgres.deadline import punctual

#: The server is to say first that a statement takes too long.
_MARGIN_S = 1


def create(url: str, *, pool_size: int, timeout_s: int) -> sa.Engine:
    """An engine whose every wait ends: for a free connection, a handshake and a statement."""
    return sa.create_engine(
        url,
        pool_size=pool_size,
        max_overflow=2,
        pool_timeout=timeout_s,
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_use_lifo=True,
        # Whole schedulers are among them, and what they hold may be secret.
        hide_parameters=True,
        connect_args={
            "connect_timeout": timeout_s,
            "options": f"-c statement_timeout={timeout_s * 1000}",
            "keepalives_idle": 30,
            "connection_factory": punctual(timeout_s + _MARGIN_S),
        },
    )
