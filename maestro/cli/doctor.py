"""`maestro doctor`: what keeps this installation from working, and what to do about it."""

import dataclasses
import os
import pathlib
import sys
from collections.abc import Sequence

import click
import orjson
import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from maestro import bootstrap
from maestro.diagnosis import asking, settings
from maestro.domain import findings
from maestro.domain.findings import Check, Finding, Status

STYLES = {Status.OK: "green", Status.WARNING: "yellow", Status.FAILURE: "bold red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, for scripts.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=10.0,
    show_default=True,
    help="Seconds to wait for answers.",
)
@click.option(
    "--kubeconfig",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    help="Check the Kubernetes cluster of this file too.",
)
@click.option("--context", default="", help="Of that file; its current one when not given.")
@click.option("--in-cluster", is_flag=True, help="Check the cluster in which this runs.")
@click.option(
    "--cluster-role", is_flag=True, help="Only print the ClusterRole that Maestro needs, as YAML."
)
def doctor(
    as_json: bool,
    timeout: float,
    kubeconfig: pathlib.Path | None,
    context: str,
    in_cluster: bool,
    cluster_role: bool,
) -> None:
    """
    Check what an installation needs: settings, stores, broker, and where rooms run.

    Ends with exit code 1 when something failed; warnings are no failures.
    """
    if cluster_role:
        click.echo(yaml.safe_dump(dict(bootstrap.cluster_role()), sort_keys=False), nl=False)
        return
    if context and not kubeconfig:
        raise click.UsageError("--context needs --kubeconfig")
    if kubeconfig and in_cluster:
        raise click.UsageError("--kubeconfig and --in-cluster exclude each other")
    found = _found(timeout, in_cluster=in_cluster, kubeconfig=kubeconfig, context=context)
    _show(found, as_json=as_json)
    sys.exit(findings.some_failed(found))


def _found(
    timeout_s: float, *, in_cluster: bool, kubeconfig: pathlib.Path | None, context: str
) -> list[Finding]:
    readable, found = settings.read(os.environ)
    checks: list[Check] = bootstrap.checks(readable) if readable else []
    if in_cluster or kubeconfig:
        checks.append(bootstrap.cluster_check(str(kubeconfig or ""), context))
    return [*found, *asking.ask(checks, timeout_s=timeout_s)]


def _show(found: Sequence[Finding], *, as_json: bool) -> None:
    if as_json:
        listed = [dataclasses.asdict(finding) for finding in found]
        click.echo(orjson.dumps(listed, option=orjson.OPT_INDENT_2))
    elif sys.stdout.isatty():
        Console().print(table(found))
    else:
        click.echo("\n".join(lines(found)))


def table(found: Sequence[Finding]) -> Table:
    """For terminals."""
    shown = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    shown.add_column("check", no_wrap=True)
    shown.add_column("status", no_wrap=True)
    shown.add_column("found, and what to do", overflow="fold")
    for finding in found:
        text = Text(finding.found)
        if finding.advice:
            text.append(f"\n→ {finding.advice}", style="italic")
        style = STYLES[finding.status]
        shown.add_row(Text(finding.name), Text(finding.status, style=style), text)
    return shown


def lines(found: Sequence[Finding]) -> list[str]:
    """For files and pipes: one line each, in columns."""
    width = max((len(finding.name) for finding in found), default=0)
    return [
        f"{finding.name:{width}}  {finding.status:7}  {finding.found}"
        + (f" → {finding.advice}" if finding.advice else "")
        for finding in found
    ]
