"""What a newcomer is told once the management API answers: where everything is."""

import time
from collections.abc import Callable

from maestro import config
from maestro.cli.development import environment, sample
from maestro.cli.development import folder as folders

READY_S = 60.0
POLL_S = 0.2


def give(
    settings: config.Settings,
    folder: folders.Folder,
    *,
    with_sample: bool,
    say: Callable[[str], None],
) -> None:
    """Wait for the management API, ask it for the sample, and say where everything is."""
    management = environment.address(settings.management_api_host, settings.management_api_port)
    if not answers(management):
        say(f"The management API does not answer after {READY_S:g} s; see {folder.logs}")
        return
    problem = sample.make(management, made=folder.sample_made) if with_sample else None
    say(problem or f"\n{text(settings, folder)}\n")


def answers(management: str) -> bool:
    """Whether the API answers in time."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        try:
            if sample.status(f"{management}/schedulers") == sample.OK:
                return True
        except OSError:
            pass
        time.sleep(POLL_S)
    return False


def text(settings: config.Settings, folder: folders.Folder) -> str:
    """The block of addresses."""
    management = environment.address(settings.management_api_host, settings.management_api_port)
    rooms = environment.address(settings.rooms_api_host, settings.rooms_api_port)
    metrics = environment.address(settings.internal_host, settings.metrics_reporter_internal_port)
    rows = {
        "API page": f"{management}/docs",
        "Management API": management,
        "Rooms API page": f"{rooms}/docs",
        "Rooms API": rooms,
        "Flower": environment.address(settings.flower_host, settings.flower_port),
        "Metrics": f"{metrics}/metrics",
        "Logs": str(folder.logs),
    }
    return "\n".join(
        [
            "Maestro runs.",
            *(f"  {name:<15} {place}" for name, place in rows.items()),
            "Ctrl-C stops everything, rooms included; the data stay for the next start",
            "(`maestro dev --reset` begins anew).",
        ]
    )
