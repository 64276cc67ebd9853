"""Knows the execution of a state machine that code runs for, and the work that it waits for. Some fixes use it."""

import contextvars
import functools
import json
import threading
from contextlib import contextmanager

from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions

from fixes.roles import credentials_of, denial

_execution = contextvars.ContextVar("execution", default=None)
_attempt = contextvars.ContextVar("attempt", default=None)
_works = []
_lock = threading.Lock()


class ExecutionClosed(SystemExit):
    """Ends a thread of an execution that was stopped or timed out. As a SystemExit, no Retry or Catch gets it, and no log."""


class Attempt:
    """One attempt of a task with a time-out. Its work ends with it."""

    def __init__(self):
        self.is_over = False

    def __enter__(self):
        self._token = _attempt.set(self)
        return self

    def __exit__(self, *_):
        _attempt.reset(self._token)

    def end(self):
        self.is_over = True
        _stop(lambda each: each.attempt is self)


class _Work:
    def __init__(self, stop):
        self.execution = _execution.get()
        self.attempt = _attempt.get()
        self.stop = functools.partial(contextvars.copy_context().run, stop)


def current_execution():
    """Returns the record of the execution that this code runs for, or None."""
    return _execution.get()


def denial_of_machine(action, resource, keys=None):
    """Returns the message with which IAM denies an action to the current state machine, or None."""
    execution = _execution.get()
    role = stepfunctions._state_machines[execution["stateMachineArn"]]["roleArn"]
    return denial(credentials_of(role, execution["name"][:64])["AWS_ACCESS_KEY_ID"], action, resource, keys)


def require_of_machine(error, action, resource, keys=None):
    """Fails the current task with an error if the role of the state machine may not do this. Without AUTH, it may do all."""
    message = denial_of_machine(action, resource, keys)
    if message:
        raise stepfunctions._ExecutionError(error, message)


def require_managed_rule(name):
    """Fails the current task if the role of the state machine may not manage the rule for the events of what it waits for."""
    for action in ("events:PutTargets", "events:PutRule", "events:DescribeRule"):
        require_of_machine("States.Permissions", action, f"arn:aws:events:{get_region()}:{get_account_id()}:rule/{name}")


def check_running():
    """Raises ExecutionClosed if the current execution, or the attempt of its task, is over."""
    if _is_over():
        raise ExecutionClosed


def _is_over():
    execution, attempt = _execution.get(), _attempt.get()
    return (execution and execution["status"] != "RUNNING") or (attempt and attempt.is_over)


def has_ended(execution):
    """Returns whether an execution is closed, with all that describes its end. Its status alone comes first."""
    return len(execution["events"]) > 1 and execution["events"][-1]["type"].startswith("Execution")


@contextmanager
def work(stop):
    """Calls `stop` if the execution, or the attempt of its task, ends while the block waits for work outside of it."""
    this = _Work(stop)
    with _lock:
        _works.append(this)
    if _is_over():
        # It ended after the work had been started, and before it was known.
        _stop(lambda each: each is this)
    try:
        yield
    finally:
        _forget(lambda each: each is this)


def add_submitted_event(resource_type, resource, output):
    """Adds to the history what a task with `.sync` has started."""
    details = {"resourceType": resource_type, "resource": resource, "output": json.dumps(output)}
    stepfunctions._add_event(_execution.get(), "TaskSubmitted", {"taskSubmittedEventDetails": details})


def _stop(belongs):
    for each in _forget(belongs):
        each.stop()


def _forget(belongs):
    with _lock:
        forgotten = [each for each in _works if belongs(each)]
        _works[:] = [each for each in _works if each not in forgotten]
        return forgotten


@functools.cache
def track_executions():
    """Makes this module know the executions. Each fix that uses it calls this."""
    run, emit, invoke = stepfunctions._run_execution, stepfunctions._emit_execution_status_event, stepfunctions._invoke_resource

    def run_tracked(arn):
        token = _execution.set(stepfunctions._executions.get(arn))
        try:
            run(arn)
        except ExecutionClosed:
            pass
        finally:
            _execution.reset(token)

    def emit_and_stop_work(execution):
        emit(execution)
        if execution["status"] != "RUNNING":
            _stop(lambda each: each.execution is execution)

    def invoke_while_running(resource, data):
        check_running()
        return invoke(resource, data)

    stepfunctions._run_execution = run_tracked
    stepfunctions._emit_execution_status_event = emit_and_stop_work
    stepfunctions._invoke_resource = invoke_while_running
