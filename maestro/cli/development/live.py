"""`maestro dev` on a terminal: the live table in place of lines, and the last lines afterwards."""

import contextlib
from collections.abc import Iterator, Mapping

from maestro.cli.development import asking, printer
from maestro.cli.live import poller, screen

TIMEOUT_S = 2.0
ENDING = "Ctrl-C stops everything"


@contextlib.contextmanager
def shown(
    lines: printer.Printer, *, management_api: str, places: Mapping[str, str]
) -> Iterator[None]:
    """Show the table for the length of a block; then the last lines, as if nothing had been."""
    fleets = poller.Poller(asking.api(management_api, timeout_s=TIMEOUT_S))
    table = screen.Screen(lines.output, fleets, places, ending=ENDING)
    try:
        with lines.diverted(table.take):
            fleets.start()
            table.start()
            yield
    finally:
        fleets.close()
        table.stop()
        for line in table.last():
            lines.show(line)
