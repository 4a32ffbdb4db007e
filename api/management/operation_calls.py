"""What is called about operations, over HTTP and over gRPC alike."""

from collections.abc import Mapping
from typing import Any

from api.management.operation_schema import OperationsQuery
from api.management.services import ManagementServices


def list_operations(
    services: ManagementServices, query: OperationsQuery, scheduler_name: str
) -> Mapping[str, Any]:
    """The operations of one stage, a page of them when it has pages."""
    found, total = services.operations.page(
        scheduler_name,
        query.stage,
        descending=query.descending,
        page=query.page,
        per_page=query.per_page,
    )
    size = total if query.per_page is None else query.per_page
    return {"page": query.page, "page_size": size, "total": total, "operations": found}


def get_operation(
    services: ManagementServices, scheduler_name: str, operation_id: str
) -> Mapping[str, Any]:
    """An operation with its history."""
    return {"operation": services.operations.get(scheduler_name, operation_id)}


def cancel_operation(
    services: ManagementServices, scheduler_name: str, operation_id: str
) -> Mapping[str, Any]:
    """Nothing; whether it is canceled, its status tells."""
    services.operations.cancel(scheduler_name, operation_id)
    return {}
