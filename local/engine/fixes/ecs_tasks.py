import json

from ministack.services import ecs

from fixes.containers import start_task, stop_task

MAX_OVERRIDES_CHARACTERS = 8_192
FAILURE_LABEL = "local-engine.failure"
SPOT_REASON = "SpotInterruption"


def run_tasks_as_processes():
    """Runs the command of a task's containers as processes of this machine, and stops them as ECS does.

    AWS: RunTask starts the containers of a task with the environment of its definition and its overrides, and with the credentials of its
    role. The task stops when an essential container exits. StopTask sends SIGTERM, and SIGKILL after the stopTimeout, by default 30
    seconds (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html). A container that can't start stops the task
    with TaskFailedToStart. Overrides have up to 8,192 characters (…/API_TaskOverride.html) and must name containers of the definition,
    the cluster must exist, and the network mode awsvpc needs a network configuration (…/API_RunTask.html). MiniStack needs Docker to run
    containers, and checks none of this.

    The image of a container has no effect: its command must be one of this machine, and be in the definition or the overrides. Python and
    boto3 are those of the engine. The output is in the log of the engine. Not restored: health checks, secrets, dependencies, volumes,
    ports, log drivers, the metadata endpoint, limits of CPU and memory, and the tasks of services.

    Two behaviors are not those of AWS; tests need them. StopTask with the reason `SpotInterruption` stops a task as if Fargate Spot
    reclaimed it. The Docker label `local-engine.failure` of a container makes RunTask answer with a failure for that reason.
    """
    run = ecs._run_task
    stop = ecs._stop_task

    def run_processes(data):
        if data.get("_deploymentId"):
            return run(data)
        return _refusal(data) or _failures(data) or _started(run(data), data)

    def stop_processes(data):
        record = ecs._resolve_task(data.get("task", ""), ecs._resolve_cluster_name(data.get("cluster", "default")))
        reason = data.get("reason", "")
        how = (SPOT_REASON, "Your Spot Task was interrupted.") if reason == SPOT_REASON else ("UserInitiated", reason)
        if record and stop_task(record["taskArn"], *how):
            return ecs.json_response({"task": ecs._sanitize(record)})
        return stop(data)

    ecs._run_task, ecs._stop_task = run_processes, stop_processes
    ecs._ACTION_MAP.update(RunTask=run_processes, StopTask=stop_processes)


def definition_of(data):
    """Returns the task definition of a request, or None."""
    return ecs._task_defs.get(ecs._resolve_td_key(data.get("taskDefinition", "")))


def _refusal(data):
    cluster, definition, overrides = ecs._resolve_cluster_name(data.get("cluster")), definition_of(data), data.get("overrides", {})
    if cluster not in ecs._clusters:
        return ecs.error_response_json("ClusterNotFoundException", "Cluster not found.", 400)
    if not definition:
        return None
    for name in (each["name"] for each in overrides.get("containerOverrides", [])):
        if name not in (each["name"] for each in definition["containerDefinitions"]):
            return _invalid(f"Override for container named {name} is not a container in the TaskDefinition.")
    if len(json.dumps(overrides, separators=(",", ":"), ensure_ascii=False)) > MAX_OVERRIDES_CHARACTERS:
        return _invalid(f"Container Overrides length must be at most {MAX_OVERRIDES_CHARACTERS}")
    if definition["networkMode"] == "awsvpc" and not data.get("networkConfiguration"):
        return _invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    return None


def _invalid(message):
    return ecs.error_response_json("InvalidParameterException", message, 400)


def _failures(data):
    definition = definition_of(data) or {"containerDefinitions": []}
    labels = [each.get("dockerLabels", {}).get(FAILURE_LABEL) for each in definition["containerDefinitions"]]
    failures = [{"arn": definition["taskDefinitionArn"], "reason": reason} for reason in labels if reason]
    return ecs.json_response({"tasks": [], "failures": failures}) if failures else None


def _started(response, data):
    if response[0] == 200:
        for view in json.loads(response[2])["tasks"]:
            start_task(ecs._tasks[view["taskArn"]], definition_of(data), data.get("overrides", {}))
    return response
