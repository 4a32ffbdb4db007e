"""Which verb and path each call has over HTTP."""

MANAGEMENT = {
    "ListSchedulers": "GET /schedulers",
    "CreateScheduler": "POST /schedulers",
    "GetSchedulersInfo": "GET /schedulers/info",
    "GetScheduler": "GET /schedulers/{scheduler_name}",
    "NewSchedulerVersion": "POST /schedulers/{scheduler_name}",
    "PatchScheduler": "PATCH /schedulers/{scheduler_name}",
    "SwitchActiveVersion": "PUT /schedulers/{scheduler_name}",
    "DeleteScheduler": "DELETE /schedulers/{scheduler_name}",
    "GetSchedulerVersions": "GET /schedulers/{scheduler_name}/versions",
    "PauseScheduler": "PUT /schedulers/{scheduler_name}/pause",
    "ResumeScheduler": "PUT /schedulers/{scheduler_name}/resume",
    "PauseAll": "PUT /pause",
    "ResumeAll": "PUT /resume",
    "ExplainAutoscaling": "GET /schedulers/{scheduler_name}/autoscaling/explain",
    "GetRollout": "GET /schedulers/{scheduler_name}/rollout",
    "ListOperations": "GET /schedulers/{scheduler_name}/operations",
    "GetOperation": "GET /schedulers/{scheduler_name}/operations/{operation_id}",
    "CancelOperation": "POST /schedulers/{scheduler_name}/operations/{operation_id}/cancel",
    "ListRooms": "GET /schedulers/{scheduler_name}/rooms",
    "GetRoom": "GET /schedulers/{scheduler_name}/rooms/{room_name}",
}
ROOMS = {
    "UpdateRoomWithPing": "PUT /scheduler/{scheduler_name}/rooms/{room_name}/ping",
    "GetRoomAddress": "GET /scheduler/{scheduler_name}/rooms/{room_name}/address",
    "UpdateRoomStatus": "PUT /scheduler/{scheduler_name}/rooms/{room_name}/status",
    "ForwardRoomEvent": "POST /scheduler/{scheduler_name}/rooms/{room_name}/roomevent",
    "ForwardPlayerEvent": "POST /scheduler/{scheduler_name}/rooms/{room_name}/playerevent",
    "AllocateRoom": "POST /scheduler/{scheduler_name}/rooms/allocate",
}
