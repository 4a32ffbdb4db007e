"""Requests of `maestro dev` to the management API that it started."""

import urllib.request

from maestro import config


def request(url: str, data: bytes | None = None) -> urllib.request.Request:
    """One that bears the token, if there is one; with data, a POST of JSON."""
    token = config.Settings().management_token.get_secret_value()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if data is not None:
        headers["Content-Type"] = "application/json"
    return urllib.request.Request(url, data=data, headers=headers)  # noqa: S310
