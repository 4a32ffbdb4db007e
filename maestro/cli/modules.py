"""The modules that `maestro start` knows. Nothing here takes time to import."""

from maestro.config import Settings

#: Module → where its main function is. It gets the parts of the process, runs until the process
#: is told to stop, and returns the exit code.
MODULES = {
    "beat": "tasks.modules:beat",
    "events-forwarder": "maestro.cli.forwarder:events_forwarder",
    "flower": "tasks.modules:flower",
    "management-api": "api.modules:management_api",
    "metrics-reporter": "tasks.modules:metrics_reporter",
    "rooms-api": "api.modules:rooms_api",
    "runtime-watcher": "maestro.cli.watcher:runtime_watcher",
    "worker": "tasks.modules:worker",
}


def internal_port(settings: Settings, module: str) -> int:
    """Where the module answers /healthz, /readyz and /metrics."""
    port: int = getattr(settings, f"{module.replace('-', '_')}_internal_port")
    return port
