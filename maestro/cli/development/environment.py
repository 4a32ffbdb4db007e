"""
The settings that `maestro dev` decides for its processes. What the user set, in the environment
or in the file of `MAESTRO_CONFIG`, is never overruled.
"""

import os
import pathlib
import sys
from collections.abc import Mapping
from typing import Any

from maestro import config
from maestro.cli.development import folder as folders
from maestro.embedded import postgres, redis

#: Ports of ours that are no settings. The stores' usual ones may be in use by a real server.
STORE_PORTS = {"postgres": 15432, "redis": 16379}
#: Tells which processes belong to a folder, whatever became of their parents.
MARK = "MAESTRO_DEV_FOLDER"


def default_ports() -> dict[str, int]:
    """Every port that we have to find free, by name."""
    given = config.Settings().model_fields_set
    fields = config.Settings.model_fields.items()
    settings = {name: field.default for name, field in fields if name.endswith("_port")}
    return STORE_PORTS | {name: port for name, port in settings.items() if name not in given}


def decide(folder: folders.Folder, ports: Mapping[str, int]) -> dict[str, Any]:
    """The settings that differ from their defaults on one machine, and that are ours to set."""
    wanted: dict[str, Any] = {
        name: port for name, port in ports.items() if name not in STORE_PORTS
    } | {
        "postgres_url": postgres.url(ports["postgres"]),
        "redis_url": redis.url(ports["redis"]),
        "broker_url": redis.url(ports["redis"], database=1),
        "local_rooms_dir": folder.rooms,
        "health_interval_s": 5,
        "relist_interval_s": 30,
        # Everything has to end within 15 s of Ctrl-C.
        "stop_timeout_s": 3,
        "log_format": "json",
    }
    given = config.Settings().model_fields_set
    decided = {name: value for name, value in wanted.items() if name not in given}
    if "rooms_api_url" not in given:
        settings = config.Settings(**decided)
        decided["rooms_api_url"] = address(settings.rooms_api_host, settings.rooms_api_port)
    return decided


def variables(decided: Mapping[str, Any], folder: folders.Folder) -> dict[str, str]:
    """The environment of the processes."""
    programs = str(pathlib.Path(sys.executable).parent)
    return {
        **os.environ,
        **{config.variable(name): str(value) for name, value in decided.items()},
        MARK: str(folder.path),
        "PATH": programs + os.pathsep + os.environ.get("PATH", os.defpath),
        "PYTHONUNBUFFERED": "1",
    }


def address(host: str, port: int) -> str:
    """The URL of a server on this machine."""
    return f"http://{config.listener(host, port)}"
