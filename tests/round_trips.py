"""Round trips to Redis, counted and not assumed."""

import redis


class CountingConnection(redis.Connection):
    """A connection that counts how often it sends something."""

    sent = 0

    def send_packed_command(self, *args: object, **options: object) -> None:
        CountingConnection.sent += 1
        super().send_packed_command(*args, **options)  # type: ignore[no-untyped-call]
