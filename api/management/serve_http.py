"""The management API over HTTP, as a process: `python -m api.management.serve_http`."""

from api import http_server
from maestro import logs
from maestro.config import Settings


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    logs.configure(level=settings.log_level, style=settings.log_format, module="management-api")
    http_server.serve(
        "api.management.wsgi:app",
        settings.management_api_host,
        settings.management_api_port,
        threads=settings.api_threads,
    )


if __name__ == "__main__":
    main()
