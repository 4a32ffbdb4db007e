"""
What Maestro sees of pods, from their first to their last event: one story per recorded watch.

Each step is a status and its description, told once however often it is seen; `gone` is the event
that ends a pod for Maestro. The rules are those of contract 4.10. Where we tell more:

- after PodSucceeded and PodFailed, and while a pod is terminating, why it ended;
- InvalidImageName, which kubelets say, is an error like ErrInvalidImageName, which none does;
- of a condition without a reason, its type; and why a container waits instead of
  ContainersNotReady, which says only that one does.
"""

#: It is created, gets a node, and its container is being made.
STARTS = ("pending", "pending: not PodReadyToStartContainers")
#: And runs; without a probe it is ready at once.
RUNS = (*STARTS, "ready")
#: It is deleted, obeys, and is gone.
ENDS = ("terminating", "terminating: Completed", "gone")

Story = tuple[str, ...]

#: Recording, room, story. A step that ends in an ellipsis goes on like that.
STORIES: dict[str, dict[str, Story]] = {
    # Normal room on the real node, with an exec readiness probe that passes 4 s after start:
    # Pending, scheduled, ContainerCreating, Running and not Ready, Ready; then a graceful
    # delete of a container that obeys SIGTERM at once.
    "room-ready": {
        "room-1": (
            *STARTS,
            "pending: ContainersNotReady",
            "ready",
            *ENDS,
        ),
    },
    # The same without any readiness probe (what game rooms usually have): Running and Ready
    # arrive in one event.
    "room-no-probe": {
        "room-1": (
            *RUNS,
            *ENDS,
        ),
    },
    # Executable missing. room-1 (Never): StartError exit 128 and phase Failed. room-2 (Always):
    # RunContainerError and CrashLoopBackOff while the phase says Running.
    "command-not-found": {
        "room-1": (
            *STARTS,
            "error: StartError (exit code 128)",
            "error: PodFailed: StartError (exit code 128)",
            "terminating: StartError (exit code 128)",
            "gone",
        ),
        "room-2": (
            *STARTS,
            "error: RunContainerError",
            "error: CrashLoopBackOff",
            "error: RunContainerError",
            "terminating",
            "terminating: StartError (exit code 128)",
            "gone",
        ),
    },
    # restartPolicy Always, exit 3 one second after each start: CrashLoopBackOff with growing
    # pauses, watched for 110 s.
    "crashloop": {
        "room-1": (
            *RUNS,
            "error: Error (exit code 3)",
            "ready",
            "error: Error (exit code 3)",
            "error: CrashLoopBackOff",
            "ready",
            "error: Error (exit code 3)",
            "error: CrashLoopBackOff",
            "ready",
            "error: Error (exit code 3)",
            "error: CrashLoopBackOff",
            "ready",
            "error: Error (exit code 3)",
            "error: CrashLoopBackOff",
            "terminating",
            "terminating: Error (exit code 3)",
            "gone",
        ),
    },
    # activeDeadlineSeconds 5: phase Failed with status.reason DeadlineExceeded.
    "deadline-exceeded": {
        "room-1": (
            *RUNS,
            "pending: PodFailed",
            "error: PodFailed: DeadlineExceeded: Pod was active on the node longer than the s…",
            "terminating: DeadlineExceeded: Pod was active on the node longer than the specif…",
            "gone",
        ),
    },
    # Deleted 0.15 s after creation, while the container was being created.
    "delete-while-creating": {
        "room-1": (
            *STARTS,
            "terminating",
            "terminating: ContainerStatusUnknown (exit code 137)",
            "gone",
        ),
    },
    # Eviction of one of two rooms under a PDB minAvailable 1: allowed (DisruptionTarget
    # condition, then deletion); the second is refused with 429.
    "eviction-allowed": {
        "room-1": (
            *RUNS,
            "terminating: EvictionByEvictionAPI",
            "gone",
        ),
        "room-2": (
            *RUNS,
            *ENDS,
        ),
    },
    # restartPolicy Always, container ends with 0 again and again: phase stays Running, back-off
    # between restarts although the exit code is 0.
    "exit-0-always": {
        "room-1": (
            *RUNS,
            "terminating: Completed",
            "ready",
            "terminating: Completed",
            "error: CrashLoopBackOff",
            "ready",
            "terminating: Completed",
            "gone",
        ),
    },
    # restartPolicy Never, container ends with 0 after 3 s: Succeeded. Then deleted (a finished
    # pod goes at once).
    "exit-0-never": {
        "room-1": (
            *RUNS,
            "terminating: Completed",
            "terminating: PodSucceeded: Completed",
            "terminating: Completed",
            "gone",
        ),
    },
    # restartPolicy Never, container ends with 1: Failed.
    "exit-1-never": {
        "room-1": (
            *RUNS,
            "error: Error (exit code 1)",
            "error: PodFailed: Error (exit code 1)",
            "terminating: Error (exit code 1)",
            "gone",
        ),
    },
    # restartPolicy OnFailure: exit 1, restarted, exit 0: Succeeded with restartCount 1.
    "exit-1-onfailure": {
        "room-1": (
            *RUNS,
            "error: Error (exit code 1)",
            "terminating: Completed",
            "terminating: PodSucceeded: Completed",
            "terminating: Completed",
            "gone",
        ),
    },
    # Pod with a finalizer: stays with deletionTimestamp after its containers ended; force
    # delete does not pass; goes when the finalizer is removed.
    "finalizer": {
        "room-1": (
            *RUNS,
            *ENDS,
        ),
    },
    # gracePeriodSeconds=0: DELETED at once while the process still runs; the name is used again
    # 2 s later.
    "force-delete": {
        "room-1": (
            *RUNS,
            "terminating",
            "gone",
            "pending",
            "pending: not PodReadyToStartContainers",
            "ready",
            "terminating",
            "terminating: Error (exit code 137)",
            "gone",
        ),
    },
    # Graceful delete; the handler takes 2 s and ends with 7: last phase is Failed.
    "graceful-sigterm-exit-nonzero": {
        "room-1": (
            *RUNS,
            "terminating",
            "terminating: Error (exit code 7)",
            "gone",
        ),
    },
    # Graceful delete (grace 4 s); SIGTERM ignored: killed, exit 137, phase Failed.
    "graceful-sigterm-ignored": {
        "room-1": (
            *RUNS,
            "terminating",
            "terminating: Error (exit code 137)",
            "gone",
        ),
    },
    # Graceful delete (grace 15 s); the SIGTERM handler takes 5 s and ends with 0.
    "graceful-slow-sigterm": {
        "room-1": (
            *STARTS,
            "pending: ContainersNotReady",
            "ready",
            *ENDS,
        ),
    },
    # Delete with 30 s; a second delete with 60 s changes nothing; a third with 1 s is stored by
    # the API server. See when the container really ends.
    "graceful-then-shorter": {
        "room-1": (
            *RUNS,
            "terminating",
            "terminating: Error (exit code 137)",
            "gone",
        ),
    },
    # An image name that cannot be parsed is accepted by the API server; the kubelet reports
    # InvalidImageName.
    "image-name-invalid": {
        "room-1": (
            *STARTS,
            "error: InvalidImageName",
            "terminating",
            "terminating: ContainerStatusUnknown (exit code 137)",
            "gone",
        ),
    },
    # imagePullPolicy Never and the image is absent: ErrImageNeverPull.
    "image-never-pull": {
        "room-1": (
            *STARTS,
            "error: ErrImageNeverPull",
            "terminating",
            "terminating: ContainerStatusUnknown (exit code 137)",
            "gone",
        ),
    },
    # Image registry that cannot be resolved: ErrImagePull and ImagePullBackOff alternate, phase
    # Pending for ever.
    "image-pull-fails": {
        "room-1": (
            *STARTS,
            "error: ErrImagePull",
            "error: ImagePullBackOff",
            "error: ErrImagePull",
            "error: ImagePullBackOff",
            "error: ErrImagePull",
            "error: ImagePullBackOff",
            "terminating",
            "terminating: ContainerStatusUnknown (exit code 137)",
            "gone",
        ),
    },
    # Pods with nodeName set by the creator: phase Failed, reason NodePorts and OutOfcpu, no
    # containerStatuses; room-4 on a node that does not exist is removed by the pod garbage
    # collector 45 s later.
    "kubelet-refuses": {
        "room-1": (
            *RUNS,
            *ENDS,
        ),
        "room-2": (
            "pending",
            "error: PodFailed: NodePorts",
            "terminating: NodePorts",
            "gone",
        ),
        "room-3": (
            "pending",
            "error: PodFailed: OutOfcpu",
            "terminating: OutOfcpu",
            "gone",
        ),
        "room-4": (
            "pending",
            "error: PodFailed: DeletionByPodGC",
            "terminating: DeletionByPodGC",
            "gone",
        ),
    },
    # A pod that loses the selected label is reported as DELETED although it goes on living;
    # ADDED again when the label returns.
    "label-removed": {
        "room-1": (
            *RUNS,
            "gone",
            "ready",
            *ENDS,
        ),
    },
    # Liveness probe fails, restartPolicy Always: killed and restarted, then CrashLoopBackOff;
    # Ready stays True between the first restarts.
    "liveness-fails-always": {
        "room-1": (
            *RUNS,
            "error: CrashLoopBackOff",
            "terminating",
            "terminating: Error (exit code 137)",
            "gone",
        ),
    },
    # Liveness probe fails, restartPolicy Never; the container obeys SIGTERM with exit 0: phase
    # Succeeded (!).
    "liveness-fails-never": {
        "room-1": (
            *RUNS,
            "terminating: Completed",
            "terminating: PodSucceeded: Completed",
            "terminating: Completed",
            "gone",
        ),
    },
    # Namespace deleted with three pods inside: slow handler (room-1), hollow node (room-2),
    # unschedulable (room-3); a create during termination is refused.
    "namespace-delete": {
        "room-1": (
            *RUNS,
            *ENDS,
        ),
        "room-2": (
            *RUNS,
            *ENDS,
        ),
        "room-3": (
            "pending",
            "pending: Unschedulable: 0/4 nodes are available: 4 node(s) didn't match Pod's no…",
            "terminating",
            "gone",
        ),
    },
    # The real node is unplugged (containers die too) with six rooms and starts again 35 s after
    # it was declared NotReady. room-1 Never; room-2 tolerates 20 s; room-3 deleted meanwhile;
    # room-4 Always; room-5 force deleted meanwhile; room-6 deleted just before; room-7 created
    # meanwhile.
    "node-dies-and-returns": {
        "room-1": (
            *RUNS,
            "pending: not Ready",
            "error: Unknown (exit code 255)",
            "error: PodFailed: Unknown (exit code 255)",
            "terminating: Unknown (exit code 255)",
            "gone",
        ),
        "room-2": (
            *RUNS,
            "pending: not Ready",
            "terminating: DeletionByTaintManager",
            "gone",
        ),
        "room-3": (
            *RUNS,
            "pending: not Ready",
            "terminating",
            "terminating: Unknown (exit code 255)",
            "gone",
        ),
        "room-4": (
            *RUNS,
            "pending: not Ready",
            "error: Unknown (exit code 255)",
            "ready",
            *ENDS,
        ),
        "room-5": (
            *RUNS,
            "pending: not Ready",
            "terminating",
            "gone",
        ),
        "room-6": (
            *RUNS,
            "terminating",
            "terminating: Unknown (exit code 255)",
            "gone",
        ),
        "room-7": (
            "pending",
            "pending: Unschedulable: 0/4 nodes are available: 2 node(s) didn't match Pod's no…",
            "pending",
            "pending: not PodReadyToStartContainers",
            "ready",
            *ENDS,
        ),
    },
    # Hollow node hollow-4 dies with three Running rooms: Ready False with no reason, phase
    # stays Running. room-2 tolerates 20 s; room-3 deleted by us hangs; then the Node object is
    # deleted and the garbage collector removes the pods.
    "node-dies-deleted": {
        "room-1": (
            *RUNS,
            "pending: not Ready",
            "error: PodFailed: DeletionByPodGC",
            "terminating: DeletionByPodGC",
            "gone",
        ),
        "room-2": (
            *RUNS,
            "pending: not Ready",
            "terminating: DeletionByTaintManager",
            "terminating: DeletionByPodGC",
            "gone",
        ),
        "room-3": (
            *RUNS,
            "pending: not Ready",
            "terminating",
            "terminating: DeletionByPodGC",
            "gone",
        ),
    },
    # Hollow node hollow-3 dies. Note: these three pods were still phase Pending (a hollow node
    # reports Ready before Running), so they stay Pending. room-1: default tolerations,
    # deletionTimestamp 300 s after the taint; room-2: 20 s; room-3 deleted by us: hangs. rooms
    # 4, 5, 6: topology spread DoNotSchedule over three zones; the zone of the dead node counts
    # with 0 pods and blocks room-6. Then the Node object is deleted and the garbage collector
    # removes the pods.
    "node-dies": {
        "room-1": (
            *STARTS,
            "terminating: DeletionByTaintManager: Taint manager: deleting due to NoExecute taint",
            "terminating: DeletionByPodGC: PodGC: node no longer exists",
            "gone",
        ),
        "room-2": (
            *STARTS,
            "terminating: DeletionByTaintManager: Taint manager: deleting due to NoExecute taint",
            "terminating: DeletionByPodGC: PodGC: node no longer exists",
            "gone",
        ),
        "room-3": (
            *STARTS,
            "terminating",
            "terminating: DeletionByTaintManager: Taint manager: deleting due to NoExecute taint",
            "terminating: DeletionByPodGC: PodGC: node no longer exists",
            "gone",
        ),
        "room-4": (
            *RUNS,
            *ENDS,
        ),
        "room-5": (
            *RUNS,
            *ENDS,
        ),
        "room-6": (
            "pending",
            "pending: Unschedulable: 0/4 nodes are available: 2 node(s) didn't match pod topo…",
            "pending: Unschedulable: 0/4 nodes are available: 1 node(s) didn't match pod topo…",
            "pending: Unschedulable: 0/4 nodes are available: 1 node(s) didn't match pod topo…",
            "pending: Unschedulable: 0/5 nodes are available: 2 node(s) didn't match pod topo…",
            "pending",
            "pending: not PodReadyToStartContainers",
            "ready",
            *ENDS,
        ),
    },
    # Container over its memory limit: OOMKilled, exit 137, phase Failed (Never).
    "oom-killed": {
        "room-1": (
            *RUNS,
            "error: OOMKilled (exit code 137)",
            "error: PodFailed: OOMKilled (exit code 137)",
            "terminating: OOMKilled (exit code 137)",
            "gone",
        ),
    },
    # A pod with a higher priority pushes room-1 out: DisruptionTarget/PreemptionByScheduler.
    "preempted": {
        "room-1": (
            *RUNS,
            "terminating: PreemptionByScheduler: default-scheduler: preempting to accommodate…",
            "gone",
        ),
        "room-2": (
            "pending",
            "pending: Unschedulable: 0/4 nodes are available: 1 Insufficient cpu, 3 node(s) d…",
            "pending: Unschedulable: 0/4 nodes are available: 1 Insufficient cpu, 3 node(s) d…",
            "pending",
            "pending: not PodReadyToStartContainers",
            "ready",
            *ENDS,
        ),
    },
    # Readiness probe fails for 6 s and recovers: phase stays Running, only Ready changes.
    "readiness-lost": {
        "room-1": (
            *STARTS,
            "pending: ContainersNotReady",
            "ready",
            "pending: ContainersNotReady",
            "ready",
            *ENDS,
        ),
    },
    # env from a Secret that does not exist (CreateContainerConfigError), then a Secret without
    # the key, then the key: the room starts by itself.
    "secret-missing": {
        "room-1": (
            *STARTS,
            'pending: CreateContainerConfigError: secret "room-secret" not found',
            "pending: CreateContainerConfigError: couldn't find key token in Secret secret-mi…",
            "ready",
            *ENDS,
        ),
    },
    # Two containers, Never, the second ends with 0: phase Running, Ready False.
    "two-containers-one-exits": {
        "room-1": (
            *RUNS,
            "terminating: Completed",
            "gone",
        ),
    },
    # room-1: no node has the label. room-2: label fits, toleration missing.
    "unschedulable-affinity": {
        "room-1": (
            "pending",
            "pending: Unschedulable: 0/4 nodes are available: 4 node(s) didn't match Pod's no…",
            "terminating",
            "gone",
        ),
        "room-2": (
            "pending",
            "pending: Unschedulable: 0/4 nodes are available: 1 node(s) had untolerated taint…",
            "terminating",
            "gone",
        ),
    },
    # room-1 wants 64 cpu, room-2 512Gi of memory. A never scheduled pod is removed at once by
    # delete.
    "unschedulable-cpu": {
        "room-1": (
            "pending",
            "pending: Unschedulable: 0/4 nodes are available: 1 Insufficient cpu, 3 node(s) d…",
            "terminating",
            "gone",
        ),
        "room-2": (
            "pending",
            "pending: Unschedulable: 0/4 nodes are available: 1 Insufficient memory, 3 node(s…",
            "terminating",
            "gone",
        ),
    },
    # room-2 wants the UDP host port room-1 has: PodScheduled False/Unschedulable. room-3 has
    # the same port number in TCP and is placed. Deleting room-1 lets room-2 in.
    "unschedulable-hostport": {
        "room-1": (
            *RUNS,
            *ENDS,
        ),
        "room-2": (
            "pending",
            "pending: Unschedulable: 0/4 nodes are available: 1 node(s) didn't have free port…",
            "pending",
            "pending: not PodReadyToStartContainers",
            "ready",
            *ENDS,
        ),
        "room-3": (
            *RUNS,
            *ENDS,
        ),
    },
}
