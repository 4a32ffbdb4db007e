"""URLs of stores and addresses of servers, as people write them. Pure."""

import ipaddress
import re

#: For advice.
ESCAPES = "and write @ / ? # in a password as %40 %2F %3F %23"


def is_torn(url: str) -> bool:
    """
    Whether its password was cut in pieces by a character of its own.

    A piece is then taken for the host, the port or a path, and would be shown as such.
    """
    authority, *rest = re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)
    ends_early = bool(authority) and "@" not in authority and "@" in "".join(rest)
    return ends_early or authority.count("@") > 1


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
