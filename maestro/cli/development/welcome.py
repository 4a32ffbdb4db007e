"""What a newcomer is told once the management API answers: where everything is."""

import contextlib
import time
from collections.abc import Callable

from maestro import config
from maestro.cli import exits
from maestro.cli.development import asking, environment, sample
from maestro.cli.development import folder as folders

READY_S = 60.0
POLL_S = 0.2
RUNS = "Maestro runs."
#: Addresses that are part of those of the pages.
REPEATED = ("Management API", "Rooms API")


def give(
    settings: config.Settings,
    folder: folders.Folder,
    *,
    with_sample: bool,
    brief: bool = False,
    say: Callable[[str], None],
) -> None:
    """Wait for the management API, ask it for the sample, and, unless brief, say where all is."""
    management = environment.address(settings.management_api_host, settings.management_api_port)
    if not answers(management):
        say(f"The management API does not answer after {READY_S:g} s; see {folder.logs}")
        return
    problem = sample.make(management, made=folder.sample_made) if with_sample else None
    say(problem or (RUNS if brief else f"\n{text(settings, folder)}\n"))


def answers(management: str) -> bool:
    """Whether the API answers in time."""
    deadline = time.monotonic() + READY_S
    api = asking.api(management, timeout_s=sample.TIMEOUT_S)
    while time.monotonic() < deadline:
        with contextlib.suppress(exits.Trouble):
            api.get("schedulers")
            return True
        time.sleep(POLL_S)
    return False


def places(settings: config.Settings, folder: folders.Folder) -> dict[str, str]:
    """Where everything is."""
    management = environment.address(settings.management_api_host, settings.management_api_port)
    rooms = environment.address(settings.rooms_api_host, settings.rooms_api_port)
    metrics = environment.address(settings.internal_host, settings.metrics_reporter_internal_port)
    return {
        "API page": f"{management}/docs",
        "Management API": management,
        "Management gRPC": config.listener(
            settings.management_api_host, settings.management_api_grpc_port
        ),
        "Rooms API page": f"{rooms}/docs",
        "Rooms API": rooms,
        "Flower": environment.address(settings.flower_host, settings.flower_port),
        "Metrics": f"{metrics}/metrics",
        "Logs": str(folder.logs),
    }


def few_places(settings: config.Settings, folder: folders.Folder) -> dict[str, str]:
    """The same without what the others give away."""
    found = places(settings, folder)
    return {name: place for name, place in found.items() if name not in REPEATED}


def text(settings: config.Settings, folder: folders.Folder) -> str:
    """The block of addresses."""
    return "\n".join(
        [
            RUNS,
            *(f"  {name:<15} {place}" for name, place in places(settings, folder).items()),
            "Ctrl-C stops everything, rooms included; the data stay for the next start",
            "(`maestro dev --reset` begins anew).",
        ]
    )
