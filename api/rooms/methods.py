"""
The methods of the rooms API over gRPC, by name. What `protos/` describes and this does not name
answers UNIMPLEMENTED.
"""

from collections.abc import Mapping

import grpc

from api import rpc
from api.rooms import address_calls, allocation_calls, event_calls, ping_calls
from api.rooms import allocation_schema as allocations
from api.rooms import event_schema as events
from api.rooms import ping_schema as pings
from api.rooms.address_schema import GetRoomAddressResponseSchema
from api.rooms.services import RoomsServices
from api.rpc import Rpc
from protos.api.v1 import rooms_pb2

SERVICES = (rooms_pb2.DESCRIPTOR.services_by_name["RoomsService"],)

_ROOM = ("scheduler_name", "room_name")

METHODS: Mapping[str, Rpc] = {
    "UpdateRoomWithPing": Rpc(
        ping_calls.ping,
        pings.UpdateRoomWithPingResponseSchema,
        request=pings.UpdateRoomWithPingRequestSchema,
        names=_ROOM,
    ),
    "GetRoomAddress": Rpc(
        address_calls.get_room_address, GetRoomAddressResponseSchema, names=_ROOM
    ),
    "UpdateRoomStatus": Rpc(
        event_calls.update_room_status,
        events.UpdateRoomStatusResponseSchema,
        request=events.UpdateRoomStatusRequestSchema,
        names=_ROOM,
    ),
    "ForwardRoomEvent": Rpc(
        event_calls.forward_room_event,
        events.ForwardRoomEventResponseSchema,
        request=events.ForwardRoomEventRequestSchema,
        names=_ROOM,
    ),
    "ForwardPlayerEvent": Rpc(
        event_calls.forward_player_event,
        events.ForwardPlayerEventResponseSchema,
        request=events.ForwardPlayerEventRequestSchema,
        names=_ROOM,
    ),
    "AllocateRoom": Rpc(
        allocation_calls.allocate_room,
        allocations.AllocateRoomResponseSchema,
        request=allocations.AllocateRoomRequestSchema,
        names=("scheduler_name",),
        permit=allocation_calls.permit,
    ),
}


def handlers(services: RoomsServices) -> dict[str, grpc.GenericRpcHandler]:
    """What answers the calls of each service, by its full name."""
    return {service.full_name: rpc.handler(service, METHODS, services) for service in SERVICES}
