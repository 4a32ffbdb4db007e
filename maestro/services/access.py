"""Who may ask for what not everybody may. Tokens are compared here and told nowhere."""

import hmac

from maestro import errors

_SCHEME = "bearer "


class BearerToken:
    """Lets those pass who know one token; everybody when it is empty."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def check(self, authorization: str) -> None:
        """Raises Unauthenticated unless this is `Bearer` and the token."""
        if not self._token:
            return
        scheme, given = authorization[: len(_SCHEME)], authorization[len(_SCHEME) :].strip()
        # As long for a token that is nearly right as for any other of its length.
        is_known = hmac.compare_digest(given.encode(errors="replace"), self._token)
        if scheme.lower() != _SCHEME or not is_known:
            raise errors.Unauthenticated("a bearer token that we know is needed")
