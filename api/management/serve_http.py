"""The management API over HTTP, as a process: `python -m api.management.serve_http`."""

from api import http_server
from maestro.config import Settings


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    http_server.serve(
        "management-api",
        "api.management.wsgi:app",
        host=settings.management_api_host,
        port=settings.management_api_port,
        settings=settings,
    )


if __name__ == "__main__":
    main()
