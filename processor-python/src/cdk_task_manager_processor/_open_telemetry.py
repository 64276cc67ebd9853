"""Does the work of a task in its trace, if the program uses OpenTelemetry."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ._event import CreatedTask
from ._log import error_name
from .errors import TaskFailure

if TYPE_CHECKING:
    from contextvars import Token

    from opentelemetry.context import Context
    from opentelemetry.trace import Span


@contextmanager
def in_trace(task: CreatedTask) -> Iterator[None]:
    """Makes a span of the trace of a task the current one. It follows the conventions for the processing of a message:
    https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/. A failure of OpenTelemetry must not fail the task."""
    started = None
    # A program that has set OpenTelemetry up has loaded it. To load it takes time.
    if "opentelemetry.trace" in sys.modules:
        with suppress(Exception):
            started = _start(task)
    try:
        yield
    except BaseException as error:
        if started:
            with suppress(Exception):
                _fail(started[0], error)
        raise
    finally:
        if started:
            with suppress(Exception):
                _end(*started)


def _start(task: CreatedTask) -> "tuple[Span, Token[Context]]":
    from opentelemetry import context, propagate, trace

    active = context.get_current()
    carrier = {"traceparent": task.traceparent, "tracestate": task.tracestate}
    of_task = propagate.extract({name: value for name, value in carrier.items() if value}, active)
    current, created = (trace.get_current_span(one).get_span_context() for one in (active, of_task))
    # A span of the same trace, such as that of the invocation, stays the parent. One of another trace is linked.
    is_same_trace = current.trace_id == created.trace_id
    parent = active if is_same_trace else of_task
    span = trace.get_tracer("cdk-task-manager-processor").start_span(
        f"process {task.type}",
        parent,
        kind=trace.SpanKind.CONSUMER,
        attributes={
            "messaging.system": "cdk-task-manager",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": task.type,
            "messaging.message.id": task.task_id,
        },
        links=[trace.Link(one) for one in ([created] if is_same_trace else [created, current]) if one.is_valid],
    )
    return span, context.attach(trace.set_span_in_context(span, parent))


def _fail(span: "Span", error: BaseException) -> None:
    from opentelemetry.trace import StatusCode

    span.set_status(StatusCode.ERROR)
    # Not its message, which can be confidential.
    span.set_attribute("error.type", str(error.code) if isinstance(error, TaskFailure) else error_name(error))


def _end(span: "Span", token: "Token[Context]") -> None:
    from opentelemetry import context

    try:
        context.detach(token)
    finally:
        span.end()
