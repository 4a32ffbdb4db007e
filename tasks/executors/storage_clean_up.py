"""Remove what is left over of operations, and archive those that ended."""

import structlog

from maestro import errors
from maestro.domain.operations import StorageCleanUp
from maestro.ports.storage import OperationStore
from maestro.services.archiving import Archiving
from maestro.services.execution import Run

log = structlog.get_logger(__name__)


class CleansUp:
    """Works by batches, and leaves to the next clean-up what it cannot archive now."""

    def __init__(self, *, operations: OperationStore, archiving: Archiving) -> None:
        self._operations = operations
        self._archiving = archiving

    def execute(self, run: Run, definition: StorageCleanUp) -> None:
        run.check()
        if pruned := self._operations.prune(run.scheduler):
            log.warning("operations_pruned", amount=pruned)
        try:
            while self._archiving.some(run.scheduler):
                run.check()
        except errors.Unavailable as error:
            log.warning("operations_not_archived", reason=str(error))

    def rollback(self, run: Run, definition: StorageCleanUp) -> None:
        """What was archived may stay so."""
