import json
import logging
import time

from ministack.services import stepfunctions

from fixes.executions import (
    add_submitted_event,
    check_running,
    denial_of_machine,
    has_ended,
    require_managed_rule,
    require_of_machine,
    track_executions,
    work,
)

DENIED = "StepFunctions.AWSStepFunctionsException"
POLL_SECONDS = 0.02

logger = logging.getLogger("nested_executions")


def run_nested_executions():
    """Runs the nested execution of a task as an execution of its own, which a stop or a time-out of the task stops.

    AWS: with `.sync`, a task starts an execution that others can describe and stop, and waits for its end. `.sync` gives the output as
    text, `.sync:2` as JSON. A child that fails, times out or is aborted fails the task with States.TaskFailed, and the Cause is its
    description as JSON. A parent that is stopped, or whose task times out, stops the child
    (https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html, …/connect-to-resource.html). The history has the
    ARN of the child in a TaskSubmitted event (…/apireference/API_TaskSubmittedEventDetails.html). MiniStack runs the child without
    events, overwrites an execution of the same name, does not stop it, and gives its parent the error of the child.

    The role of the parent needs permissions to start and to describe the child, and to manage a rule for its events
    (…/step-functions-iam.html). Without the permission to stop it, the child goes on, and the log says so. AWS checks the permissions for
    the rule when the state machine is created; here the task fails with States.Permissions.
    """
    track_executions()
    stepfunctions._invoke_nested_start_execution = _start
    stepfunctions._invoke_nested_start_execution_sync = _run


def _start(resource, data):
    request = stepfunctions._nested_start_execution_request(data)
    require_of_machine(DENIED, "states:StartExecution", request["stateMachineArn"])
    status, _, body = stepfunctions._start_execution(request)
    answer = json.loads(body)
    if status >= 400:
        name = answer["__type"].split("#")[-1].removesuffix("Exception")
        raise stepfunctions._ExecutionError(f"StepFunctions.{name}Exception", answer["message"])
    return {"ExecutionArn": answer["executionArn"], "StartDate": stepfunctions._iso_to_epoch_ms(answer["startDate"])}


def _run(resource, data):
    require_managed_rule("StepFunctionsGetEventsForStepFunctionsExecutionRule")
    started = _start(resource, data)
    child = stepfunctions._executions[started["ExecutionArn"]]
    add_submitted_event("states", resource.rpartition(":states:")[2], started)
    with work(lambda: _stop(child)):
        while not has_ended(child):
            check_running()
            time.sleep(POLL_SECONDS)
    require_of_machine(DENIED, "states:DescribeExecution", child["executionArn"])
    description = _describe(child, as_json=resource.endswith(":2"))
    if child["status"] != "SUCCEEDED":
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(description, ensure_ascii=False))
    return description


def _stop(child):
    arn = child["executionArn"]
    denied = denial_of_machine("states:StopExecution", arn)
    if denied:
        logger.warning("could not stop %s: %s", arn, denied)
    else:
        stepfunctions._stop_execution({"executionArn": arn})


def _describe(execution, as_json):
    described = json.loads(stepfunctions._describe_execution({"executionArn": execution["executionArn"]})[2])
    view = {name[0].upper() + name[1:]: value for name, value in sorted(described.items())}
    for name in ("InputDetails", "OutputDetails"):
        if name in view:
            view[name] = {"Included": True}
    for name in ("StartDate", "StopDate"):
        view[name] = stepfunctions._iso_to_epoch_ms(view[name])
    for name in ("Input", "Output"):
        if as_json and name in view:
            view[name] = json.loads(view[name])
    return view
