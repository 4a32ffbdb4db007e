"""One `maestro dev`, from the first port to the last process; nothing outlives the call."""

import contextlib
import functools
import sys
import threading
from collections.abc import Callable, Mapping
from types import FrameType

import click

from maestro import config
from maestro.cli.development import (
    cluster,
    environment,
    leftovers,
    live,
    ports,
    printer,
    processes,
    rooms,
    steps,
    stores,
    welcome,
)
from maestro.cli.development import folder as folders
from maestro.cli.live import screen as screens


def run(
    folder: folders.Folder,
    *,
    reset: bool,
    with_sample: bool,
    plain: bool,
    commands: Mapping[str, str],
) -> str | None:
    """Run everything until somebody asks to stop; gives the reason when nobody did."""
    processes.when_asked_to_stop(interrupt)
    clear(folder, reset=reset)
    chosen = choose_ports(folder)
    decided = environment.decide(folder, chosen)
    env = environment.variables(decided, folder)
    record = leftovers.Record(folder.processes)
    with contextlib.ExitStack() as stack:
        screen = stack.enter_context(contextlib.closing(printer.Printer(sys.stdout, folder.logs)))
        manager = processes.Manager(screen, started=record.add)
        names = stores.needed(decided)
        stack.enter_context(stores.running(names, folder, chosen, record, failed=manager.fail))
        stack.callback(rooms.stop_all, env, hurry=manager.hurry)
        stack.callback(manager.finish)
        steps.maestro("migrate", env=env, text="migrating the database")
        settings, has_table = (
            config.Settings(**decided),
            not plain and screens.is_possible(sys.stdout),
        )
        if settings.runtime == "kubernetes":
            cluster.begin(settings, folder)
            with_sample = False
        for name, command in commands.items():
            manager.add_process(name, command, env=env)
        greet = functools.partial(welcome.give, settings, folder)
        in_background(greet, with_sample=with_sample, brief=has_table, say=manager.say)
        with table(screen, settings, folder) if has_table else contextlib.nullcontext():
            manager.loop()
    folder.processes.unlink(missing_ok=True)
    return manager.failure


def table(
    screen: printer.Printer, settings: config.Settings, folder: folders.Folder
) -> contextlib.AbstractContextManager[None]:
    """The live table, for as long as the processes run."""
    management = environment.address(settings.management_api_host, settings.management_api_port)
    places = welcome.few_places(settings, folder)
    return live.shown(screen, management_api=management, places=places)


def interrupt(number: int, frame: FrameType | None) -> None:
    """Until the processes run, a stop interrupts whatever is being prepared."""
    raise KeyboardInterrupt


def clear(folder: folders.Folder, *, reset: bool) -> None:
    """End what an earlier start could not end; with a reset, forget what it knew."""
    ended = leftovers.end(folder.processes, folder=folder.path, stores=stores.NAMES)
    if ended:
        click.echo(f"ended what an earlier start left running: {', '.join(ended)}")
    if reset:
        cluster.tell_what_stays(folder)
        if folder.rooms.exists():
            decided = environment.decide(folder, environment.default_ports())
            rooms.stop_all(environment.variables(decided, folder), hurry=threading.Event())
        folder.wipe()
        click.echo(f"wiped {folder.path}")


def choose_ports(folder: folders.Folder) -> dict[str, int]:
    """Free ports, those of the last start if possible."""
    defaults = environment.default_ports()
    chosen = ports.choose(defaults, kept=ports.load(folder.ports))
    ports.save(folder.ports, chosen)
    for name, port in chosen.items():
        if port != defaults[name]:
            click.echo(f"{name} is {port}: {defaults[name]} is taken, or was at an earlier start")
    return chosen


def in_background(work: Callable[..., None], **arguments: object) -> None:
    """Do something beside the processes that need not be finished."""
    threading.Thread(target=work, kwargs=arguments, daemon=True).start()
