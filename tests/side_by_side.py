"""How two processes share the tests."""

from xdist.scheduler import LoadScopeScheduling


class SystemsApart(LoadScopeScheduling):
    """
    One process tries all whole systems, one after the other, as they need time more than a
    processor; the other one meanwhile does the rest, file by file.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "acceptance" if file.startswith("tests/acceptance/") else file
