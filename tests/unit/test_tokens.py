"""Who may allocate and manage: that anybody may is told where others can reach us."""

import pytest
from structlog.testing import capture_logs

from api.modules import warn_if_anybody_may_allocate, warn_if_anybody_may_manage
from maestro.config import Settings

EVERYWHERE = ("0.0.0.0", "::", "10.0.0.1", "maestro.example")  # noqa: S104 - nobody listens there
LOOPBACK = ("127.0.0.1", "127.0.0.2", "::1", "localhost")


@pytest.mark.parametrize("host", [*EVERYWHERE, *LOOPBACK])
@pytest.mark.parametrize("token", ["", "secret"])
def test_that_anybody_may_allocate_is_told_where_anybody_can(host: str, token: str) -> None:
    settings = Settings(rooms_api_host=host, allocation_token=token)

    with capture_logs() as logs:
        warn_if_anybody_may_allocate(settings)

    assert bool(logs) == (host in EVERYWHERE and not token)
    assert "secret" not in str(logs)


@pytest.mark.parametrize("host", [*EVERYWHERE, *LOOPBACK])
@pytest.mark.parametrize("token", ["", "secret"])
def test_that_anybody_may_manage_is_told_where_anybody_can(host: str, token: str) -> None:
    settings = Settings(management_api_host=host, management_token=token)

    with capture_logs() as logs:
        warn_if_anybody_may_manage(settings)

    assert bool(logs) == (host in EVERYWHERE and not token)
    assert "secret" not in str(logs)


def test_the_token_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAESTRO_ALLOCATION_TOKEN", "secret")

    settings = Settings()

    assert settings.allocation_token.get_secret_value() == "secret"
    assert "secret" not in f"{settings!r} {settings} {settings.model_dump_json()}"
