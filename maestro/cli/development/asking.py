"""The management API that `maestro dev` started, as it asks it."""

from maestro import config
from maestro.cli.remote.asking import Api


def api(url: str, *, timeout_s: float) -> Api:
    """With the token, if there is one."""
    token = config.Settings().management_token.get_secret_value()
    return Api(url, token=token, called="the management API", timeout_s=timeout_s)
