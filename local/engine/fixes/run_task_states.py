import json
import logging
import time

from ministack.services import ecs, stepfunctions

from fixes.ecs_tasks import definition_of
from fixes.executions import (
    add_submitted_event,
    check_running,
    denial_of_machine,
    require_managed_rule,
    require_of_machine,
    track_executions,
    work,
)

RESOURCE = "arn:aws:states:::ecs:runTask"
DENIED = "ECS.AccessDeniedException"
POLL_SECONDS = 0.02

logger = logging.getLogger("run_task_states")


def run_ecs_tasks_in_states():
    """Runs `ecs:runTask.sync` as Step Functions does: the task of ECS ends with the state, and its failure fails the state.

    AWS: the result of `.sync` is the description of the task. If the containers do not all exit with code 0, the state fails with
    States.TaskFailed, and the Cause is the description as JSON. Failures in the answer of RunTask fail the state with AmazonECS.Unknown
    (https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html). The history has the ARN of the task in a TaskSubmitted
    event. Stopping the execution, or a time-out, stops the task (…/connect-to-resource.html). The role needs ecs:RunTask for the task
    definition, iam:PassRole for the roles of the task, ecs:DescribeTasks and ecs:StopTask for the task, and permissions for a managed rule
    (…/ecs-iam.html). In MiniStack, a task that fails is a success, names begin with small letters, the task goes on after a stop, and
    the role needs no permissions.

    AWS does not document the result for a task that was stopped while its containers exit with code 0. Here it is a success. Without the
    permission to stop the task, it goes on, and the log says so. AWS checks the permissions for the rule when the state machine is created;
    here the state fails with States.Permissions.
    """
    track_executions()
    stepfunctions._SERVICE_DISPATCH[RESOURCE] = _run


def _run(resource, data):
    waits = resource.endswith(".sync")
    if waits:
        require_managed_rule("StepFunctionsGetEventsForECSTaskRule")
    request = {"startedBy": "AWS Step Functions", **stepfunctions._pascal_to_camel(data)}
    _require_permissions(request)
    answer = _call(ecs._run_task, request)
    if not waits:
        return answer
    if answer["Failures"]:
        raise stepfunctions._ExecutionError("AmazonECS.Unknown", json.dumps(answer["Failures"]))
    add_submitted_event("ecs", "runTask.sync", answer)
    return _wait(answer["Tasks"][0]["TaskArn"])


def _require_permissions(request):
    definition = definition_of(request)
    cluster = ecs._clusters.get(ecs._resolve_cluster_name(request.get("cluster")))
    if not definition or not cluster:
        return
    keys = {"ecs:cluster": cluster["clusterArn"]}
    require_of_machine(DENIED, "ecs:RunTask", definition["taskDefinitionArn"], keys)
    overrides = request.get("overrides", {})
    for role in {roles.get(name) for roles in (definition, overrides) for name in ("taskRoleArn", "executionRoleArn")} - {None, ""}:
        require_of_machine(DENIED, "iam:PassRole", role, {"iam:PassedToService": "ecs-tasks.amazonaws.com"})


def _call(function, request):
    status, _, body = function(request)
    answer = json.loads(body)
    if status >= 400:
        raise stepfunctions._ExecutionError(f"ECS.{answer['__type'].rpartition('#')[2]}", answer["message"])
    return _pascal(answer)


def _wait(arn):
    record = ecs._tasks[arn]
    keys = {"ecs:cluster": record["clusterArn"]}
    with work(lambda: _stop(record, keys)):
        while record["lastStatus"] != "STOPPED":
            check_running()
            time.sleep(POLL_SECONDS)
    require_of_machine(DENIED, "ecs:DescribeTasks", arn, keys)
    description = _call(ecs._describe_tasks, {"cluster": record["clusterArn"], "tasks": [arn]})["Tasks"][0]
    if any(container.get("ExitCode") != 0 for container in description["Containers"]):
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(description, ensure_ascii=False))
    return description


def _stop(record, keys):
    denied = denial_of_machine("ecs:StopTask", record["taskArn"], keys)
    if denied:
        logger.warning("could not stop %s: %s", record["taskArn"], denied)
    else:
        ecs._stop_task({"cluster": record["clusterArn"], "task": record["taskArn"], "reason": "Stopped by AWS Step Functions"})


def _pascal(value, name=""):
    if isinstance(value, list):
        return [_pascal(each) for each in value]
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: _pascal(value[key], key) for key in sorted(value)}
    is_time = name in ecs._ECS_TIMESTAMP_FIELDS and isinstance(value, str)
    return stepfunctions._iso_to_epoch_ms(value) if is_time else value
