from ministack.services import stepfunctions

from fixes.executions import Attempt, track_executions


def time_out_tasks():
    """Takes the time-out of a task from JSONata or a path, and stops the work of a task that times out.

    AWS: TimeoutSeconds of a JSONata state can be an expression, and a JSONPath state can have TimeoutSecondsPath
    (https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html). A result that is no positive integer fails the state. When a
    task with `.sync` times out, Step Functions stops the work that it started (…/connect-to-resource.html). MiniStack takes constants
    only, and the work of the task goes on.

    Not restored: heartbeats, and the event TaskTimedOut, which is a TaskFailed with the error States.Timeout here.
    """
    track_executions()
    execute, invoke, call_back = (
        stepfunctions._execute_task,
        stepfunctions._invoke_resource_with_timeout,
        stepfunctions._invoke_with_callback,
    )

    def execute_with_time_out(state, raw_input, execution, context):
        return execute(_with_seconds(state, raw_input, context), raw_input, execution, context)

    def invoke_in_time(resource, data, seconds):
        _raise_if_error(seconds)
        with Attempt() as attempt:
            try:
                return invoke(resource, data, seconds)
            finally:
                attempt.end()

    def call_back_in_time(resource, data, token, state):
        _raise_if_error(state.get("TimeoutSeconds"))
        return call_back(resource, data, token, state)

    stepfunctions._execute_task = execute_with_time_out
    stepfunctions._invoke_resource_with_timeout = invoke_in_time
    stepfunctions._invoke_with_callback = call_back_in_time


def _with_seconds(state, raw_input, context):
    """Returns the state with its time-out as a number. An error is in the place of the number, for the Retry and Catch of the state."""
    try:
        if "TimeoutSecondsPath" in state:
            seconds, name = stepfunctions._resolve_path_or_ctx(state["TimeoutSecondsPath"], raw_input, context), "States.Runtime"
        elif isinstance(state.get("TimeoutSeconds"), str):
            seconds = stepfunctions._jsonata_state_field(state, "TimeoutSeconds", "number", raw_input, context)
            name = "States.QueryEvaluationError"
        else:
            return state
        if not stepfunctions._is_num(seconds) or seconds <= 0 or seconds != int(seconds):
            raise stepfunctions._ExecutionError(name, f"TimeoutSeconds must be a positive integer but was: {seconds}")
    except stepfunctions._ExecutionError as error:
        seconds = error
    return {**state, "TimeoutSeconds": seconds}


def _raise_if_error(seconds):
    if isinstance(seconds, Exception):
        raise seconds
