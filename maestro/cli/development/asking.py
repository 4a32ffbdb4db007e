"""Requests of `maestro dev` to the management API that it started."""

import functools
import urllib.request

from maestro import config


def request(url: str, data: bytes | None = None) -> urllib.request.Request:
    """One that bears the token, if there is one; with data, a POST of JSON."""
    token = _token()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if data is not None:
        headers["Content-Type"] = "application/json"
    return urllib.request.Request(url, data=data, headers=headers)  # noqa: S310


@functools.cache
def _token() -> str:
    # Asked many times a second, and the environment stays as it is.
    return config.Settings().management_token.get_secret_value()
