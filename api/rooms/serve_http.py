"""The rooms API over HTTP, as a process: `python -m api.rooms.serve_http`."""

from api import http_server
from maestro import logs
from maestro.config import Settings


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    logs.configure(level=settings.log_level, style=settings.log_format, module="rooms-api")
    http_server.serve(
        "api.rooms.wsgi:app",
        settings.rooms_api_host,
        settings.rooms_api_port,
        threads=settings.api_threads,
    )


if __name__ == "__main__":
    main()
