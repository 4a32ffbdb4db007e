"""The machines of the cluster: at which address players reach what runs on them (contract 4.10)."""

import ipaddress
import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import structlog

from maestro.runtime.kubernetes import shape
from maestro.runtime.kubernetes.api import Api
from maestro.runtime.kubernetes.refusals import Meaning, Refusal

log = structlog.get_logger(__name__)

#: In the order in which they are preferred.
DNS, IP = ("ExternalDNS", "InternalDNS"), ("ExternalIP", "InternalIP")
PREFERENCE = ("ExternalDNS", "ExternalIP", "InternalDNS", "InternalIP")
#: More unknown nodes than this are read as a list.
FEW = 5
PAGE = 500
#: How long a node is not asked for again that had no address, or that we may not read.
UNKNOWN_S = 10.0
PATH = "/api/v1/nodes"


def host_of(node: Mapping[str, Any]) -> str:
    """The preferred address of a node; empty when it has none that can be used."""
    return address_of(node)[1]


def address_of(node: Mapping[str, Any]) -> tuple[str, str]:
    """The same, after its kind."""
    found: dict[str, str] = {}
    for address in shape.mappings(shape.mapping(node.get("status")).get("addresses")):
        kind, value = shape.text(address.get("type")), shape.text(address.get("address"))
        if (kind in DNS and value) or (kind in IP and _is_ip(value)):
            found.setdefault(kind, value)
    return next(((kind, found[kind]) for kind in PREFERENCE if kind in found), ("", ""))


class Hosts:
    """Addresses of nodes, remembered for a while."""

    def __init__(
        self, api: Api, *, ttl_s: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._api = api
        self._ttl_s = ttl_s
        self._monotonic = monotonic
        self._guard = threading.Lock()
        #: Node → its address, and until when that is believed.
        self._known: dict[str, tuple[str, float]] = {}

    def learn(self, names: Collection[str]) -> Mapping[str, str]:
        """The address of each of these nodes, empty when there is none. Raises Refusal."""
        now = self._monotonic()
        with self._guard:
            known = {name: host for name, (host, until) in self._known.items() if until > now}
        unknown = {name for name in names if name and name not in known}
        if not unknown:
            return known
        found = dict.fromkeys(unknown, "") | self._read(unknown)
        with self._guard:
            self._known |= {
                name: (host, now + self._believed_s(host)) for name, host in found.items()
            }
        return known | found

    def _believed_s(self, host: str) -> float:
        return self._ttl_s if host else min(self._ttl_s, UNKNOWN_S)

    def _read(self, names: Collection[str]) -> dict[str, str]:
        try:
            if len(names) > FEW:
                return self._list()
            return {name: self._get(name) for name in names}
        except Refusal as refusal:
            if refusal.meaning is not Meaning.NOT_ALLOWED:
                raise
            log.error("nodes_not_readable", reason=str(refusal))
            return {}

    def _get(self, name: str) -> str:
        found = self._api.find(f"{PATH}/{name}")
        return "" if found is None else host_of(found)

    def _list(self) -> dict[str, str]:
        hosts: dict[str, str] = {}
        for page in self._api.pages(PATH, limit=PAGE):
            hosts |= {_name(node): host_of(node) for node in page.items}
        return hosts


def _name(node: Mapping[str, Any]) -> str:
    return shape.text(shape.mapping(node.get("metadata")).get("name"))


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
