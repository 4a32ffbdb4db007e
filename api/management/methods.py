"""
The methods of the management API over gRPC, by name. What `protos/` describes and this does not
name answers UNIMPLEMENTED.
"""

from collections.abc import Mapping

import grpc

from api import rpc
from api.management import (
    audit,
    edit_calls,
    explanation_calls,
    operation_calls,
    room_calls,
    scheduler_calls,
)
from api.management import edit_schema as edits
from api.management import explanation_schema as explanations
from api.management import operation_schema as operations
from api.management import room_schema as rooms
from api.management import scheduler_schema as schedulers
from api.management.services import ManagementServices, permit
from api.rpc import Rpc
from protos.api.v1 import operations_pb2, schedulers_pb2

SERVICES = (
    schedulers_pb2.DESCRIPTOR.services_by_name["SchedulersService"],
    operations_pb2.DESCRIPTOR.services_by_name["OperationsService"],
)

_SCHEDULER = ("scheduler_name",)
#: As v10 calls it in the messages that hold all of a scheduler, or a patch of it.
_NAME = ("name",)
_OPERATION = ("scheduler_name", "operation_id")
_ROOM = ("scheduler_name", "room_name")

METHODS: Mapping[str, Rpc] = {
    "ListSchedulers": Rpc(
        scheduler_calls.list_schedulers,
        schedulers.ListSchedulersResponseSchema,
        request=schedulers.ListSchedulersRequestSchema,
    ),
    "CreateScheduler": Rpc(
        scheduler_calls.create_scheduler,
        schedulers.CreateSchedulerResponseSchema,
        request=schedulers.CreateSchedulerRequestSchema,
    ),
    "GetSchedulersInfo": Rpc(
        scheduler_calls.get_schedulers_info,
        schedulers.GetSchedulersInfoResponseSchema,
        request=schedulers.GetSchedulersInfoRequestSchema,
    ),
    "GetScheduler": Rpc(
        scheduler_calls.get_scheduler,
        schedulers.GetSchedulerResponseSchema,
        request=schedulers.GetSchedulerRequestSchema,
        names=_SCHEDULER,
    ),
    "DeleteScheduler": Rpc(
        scheduler_calls.delete_scheduler, schedulers.DeleteSchedulerResponseSchema, names=_SCHEDULER
    ),
    "GetSchedulerVersions": Rpc(
        scheduler_calls.get_scheduler_versions,
        schedulers.GetSchedulerVersionsResponseSchema,
        names=_SCHEDULER,
    ),
    "NewSchedulerVersion": Rpc(
        edit_calls.new_scheduler_version,
        edits.NewSchedulerVersionResponseSchema,
        request=edits.NewSchedulerVersionRequestSchema,
        names=_NAME,
    ),
    "PatchScheduler": Rpc(
        edit_calls.patch_scheduler,
        edits.PatchSchedulerResponseSchema,
        request=edits.PatchSchedulerRequestSchema,
        names=_NAME,
    ),
    "SwitchActiveVersion": Rpc(
        edit_calls.switch_active_version,
        edits.SwitchActiveVersionResponseSchema,
        request=edits.SwitchActiveVersionRequestSchema,
        names=_SCHEDULER,
    ),
    "PauseScheduler": Rpc(scheduler_calls.pause, schedulers.PauseResponseSchema, names=_SCHEDULER),
    "ResumeScheduler": Rpc(
        scheduler_calls.resume, schedulers.PauseResponseSchema, names=_SCHEDULER
    ),
    "PauseAll": Rpc(scheduler_calls.pause, schedulers.PauseResponseSchema),
    "ResumeAll": Rpc(scheduler_calls.resume, schedulers.PauseResponseSchema),
    "ExplainAutoscaling": Rpc(
        explanation_calls.explain_autoscaling,
        explanations.ExplainAutoscalingResponseSchema,
        names=_SCHEDULER,
    ),
    "GetRollout": Rpc(
        explanation_calls.get_rollout, explanations.GetRolloutResponseSchema, names=_SCHEDULER
    ),
    "ListOperations": Rpc(
        operation_calls.list_operations,
        operations.ListOperationsResponseSchema,
        request=operations.ListOperationsRequestSchema,
        names=_SCHEDULER,
    ),
    "GetOperation": Rpc(
        operation_calls.get_operation, operations.GetOperationResponseSchema, names=_OPERATION
    ),
    "CancelOperation": Rpc(
        operation_calls.cancel_operation,
        operations.CancelOperationResponseSchema,
        names=_OPERATION,
    ),
    "ListRooms": Rpc(
        room_calls.list_rooms,
        rooms.ListRoomsResponseSchema,
        request=rooms.ListRoomsRequestSchema,
        names=_SCHEDULER,
    ),
    "GetRoom": Rpc(room_calls.get_room, rooms.GetRoomResponseSchema, names=_ROOM),
}


def handlers(services: ManagementServices) -> dict[str, grpc.GenericRpcHandler]:
    """What answers the calls of each service, by its full name."""
    return {
        service.full_name: rpc.handler(
            service, METHODS, services, audit=audit.over_grpc, permit=permit
        )
        for service in SERVICES
    }
