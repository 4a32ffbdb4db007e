"""
The manifests for kustomize: the chart with usual values, without what only Helm needs.

As a program it writes them, and the version into the chart.
"""

import re
from typing import Any

import yaml

from maestro.version import VERSION
from tests.deployment import tools
from tests.deployment.places import DOCKER

CHART = DOCKER / "kubernetes" / "helm" / "maestro"
BASE = DOCKER / "kubernetes" / "base"
HEADER = "# Written by `make manifests` from the chart; change that instead.\n"
VALUES = {
    # The overlay says what it is really called.
    "image.repository": "maestro",
    "secrets.managementToken": "maestro-management",
    "secrets.allocationToken": "maestro-allocation",
    "secrets.flower": "maestro-flower",
    "migration.asHook": "false",
}
OF_HELM = ("app.kubernetes.io/managed-by", "helm.sh/chart")
_SOURCE = re.compile(r"^# Source: maestro/templates/(\S+)\n", re.MULTILINE)


def manifests() -> dict[str, str]:
    """What each generated file holds."""
    values = [f"--set={name}={value}" for name, value in VALUES.items()]
    rendered = tools.helm("template", "maestro", CHART, "--namespace", "maestro", *values)
    objects: dict[str, list[Any]] = {}
    for document in rendered.split("\n---\n"):
        source = _SOURCE.search(document)
        if source:
            objects.setdefault(source[1], []).append(_without_helm(yaml.safe_load(document)))
    return {name: HEADER + _dump(found) for name, found in sorted(objects.items())}


def _without_helm(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_helm(each) for key, each in value.items() if key not in OF_HELM}
    return [_without_helm(each) for each in value] if isinstance(value, list) else value


def _dump(objects: list[Any]) -> str:
    return str(yaml.safe_dump_all(objects, sort_keys=False))


def of_this_version(chart: str) -> str:
    """Chart.yaml with the version of the program."""
    return re.sub(r"(?m)^((?:appV|v)ersion): .*$", rf"\g<1>: {VERSION}", chart)


if __name__ == "__main__":
    file = CHART / "Chart.yaml"
    file.write_text(of_this_version(file.read_text()))
    for name, text in manifests().items():
        (BASE / name).write_text(text)
