"""What operators see of operations."""

from maestro.domain.operations import Operation
from maestro.ports.storage import OperationStore, Stage

DEFAULT_PAGE = 15
#: Open operations are few; this bounds the answer all the same.
ALL_OPEN = 10_000


class Operations:
    """List and show operations."""

    def __init__(self, store: OperationStore) -> None:
        self._store = store

    def page(
        self,
        scheduler: str,
        stage: Stage,
        *,
        descending: bool,
        page: int = 1,
        per_page: int | None = None,
    ) -> tuple[list[Operation], int]:
        """One page of the final ones, or all that are open; and how many there are."""
        if stage is not Stage.FINAL:
            return self._store.page(scheduler, stage, descending=descending, limit=ALL_OPEN)
        limit = per_page or DEFAULT_PAGE
        offset = (page - 1) * limit
        return self._store.page(scheduler, stage, descending=descending, offset=offset, limit=limit)

    def get(self, scheduler: str, operation: str) -> Operation:
        """One operation with its history. Raises NotFound."""
        return self._store.get(scheduler, operation)
