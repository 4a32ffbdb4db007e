"""The rooms API over gRPC, as a process: `python -m api.rooms.serve_rpc`."""

import sys

import structlog

from api import rpc_server
from api.rooms import methods
from api.rpc_server import RpcServer
from maestro import bootstrap, logs
from maestro.config import Settings

log = structlog.get_logger(__name__)


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    logs.configure(level=settings.log_level, style=settings.log_format, module="rooms-api")
    try:
        server = RpcServer(
            settings.rooms_api_host,
            settings.rooms_api_grpc_port,
            methods.handlers(bootstrap.rooms_services(settings)),
            threads=settings.api_threads,
            longest_request=settings.body_limit_bytes,
        )
    except OSError as error:
        log.error("cannot_listen", reason=str(error))
        sys.exit(1)
    rpc_server.serve(server, stop_timeout_s=settings.stop_timeout_s)


if __name__ == "__main__":
    main()
