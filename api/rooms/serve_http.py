"""The rooms API over HTTP, as a process: `python -m api.rooms.serve_http`."""

from api import http_server
from maestro.config import Settings


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    http_server.serve(
        "rooms-api",
        "api.rooms.wsgi:app",
        host=settings.rooms_api_host,
        port=settings.rooms_api_port,
        settings=settings,
    )


if __name__ == "__main__":
    main()
