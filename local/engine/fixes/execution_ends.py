import contextvars
import json
import threading
from contextlib import contextmanager

from ministack.services import stepfunctions

from fixes.executions import has_ended, track_executions

MAX_CAUSE_CHARACTERS = 32_768


def end_executions_once():
    """Ends executions at the TimeoutSeconds of their state machine, and leaves closed executions as they are.

    AWS: an execution that runs longer than TimeoutSeconds is TIMED_OUT
    (https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html). After an execution is closed, nothing changes it
    or its history. StopExecution lists no error for a closed execution (…/apireference/API_StopExecution.html), so it succeeds. Causes
    have up to 32,768 characters (…/apireference/API_HistoryEvent.html); longer ones are cut. Executions have an output only if they
    succeed (…/apireference/API_DescribeExecution.html).

    MiniStack ignores TimeoutSeconds. A task that fails after StopExecution turns ABORTED into FAILED, and its retries go on. Stopping
    an execution that has succeeded or failed is a ValidationException. Failed executions have an output.
    """
    track_executions()
    run, fail, add_event = stepfunctions._run_execution, stepfunctions._fail_execution, stepfunctions._add_event
    stop, describe = stepfunctions._stop_execution, stepfunctions._describe_execution

    def run_in_time(arn):
        with _time_limit(stepfunctions._executions.get(arn)):
            run(arn)

    def fail_once(execution, error, cause):
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    def add_event_in_time(execution, event_type, details=None):
        if execution["status"] == "RUNNING" or event_type.startswith("Execution"):
            return add_event(execution, event_type, details)
        return None

    def stop_once(data):
        execution = stepfunctions._executions.get(data.get("executionArn"))
        if execution and execution["status"] != "RUNNING":
            return stepfunctions.json_response({"stopDate": execution["stopDate"] or stepfunctions.now_iso()})
        return stop(data)

    def describe_whole_end(data):
        status, headers, body = describe(data)
        return (status, headers, body) if status != 200 else stepfunctions.json_response(_described(json.loads(body)))

    stepfunctions._run_execution, stepfunctions._fail_execution, stepfunctions._add_event = run_in_time, fail_once, add_event_in_time
    stepfunctions._stop_execution, stepfunctions._describe_execution = stop_once, describe_whole_end
    stepfunctions._ExecutionError.__init__ = _init_with_cut_cause


def _init_with_cut_cause(error, name, cause):
    error.error = name
    error.cause = cause[:MAX_CAUSE_CHARACTERS] if isinstance(cause, str) else cause
    Exception.__init__(error, f"{name}: {error.cause}")


def _described(description):
    if not has_ended(stepfunctions._executions[description["executionArn"]]):
        description.update(status="RUNNING", stopDate=None, error=None, cause=None)
    if description["status"] != "SUCCEEDED":
        description.update(output=None, outputDetails=None)
    return {name: value for name, value in description.items() if value is not None}


@contextmanager
def _time_limit(execution):
    machine = execution and stepfunctions._state_machines.get(execution["stateMachineArn"])
    seconds = machine and json.loads(machine["definition"]).get("TimeoutSeconds")
    if not seconds:
        yield
        return
    timer = threading.Timer(seconds, contextvars.copy_context().run, (_time_out, execution))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _time_out(execution):
    if execution["status"] == "RUNNING":
        execution.update(status="TIMED_OUT", stopDate=stepfunctions.now_iso())
        stepfunctions._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
        stepfunctions._emit_execution_status_event(execution)
