"""Tests the spans of tasks with OpenTelemetry itself."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cdk_task_manager_processor import Task, TaskFailure, run_task, task_processor
from cdk_task_manager_processor.testing import fake_task
from opentelemetry import context, propagate, trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from aws_server import AwsServer

EXPORTER = InMemorySpanExporter()
PROVIDER = TracerProvider()
PROVIDER.add_span_processor(SimpleSpanProcessor(EXPORTER))
TRACER = PROVIDER.get_tracer("test")

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SPAN_ID = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"


@pytest.fixture(autouse=True)
def open_telemetry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # OpenTelemetry can be set up only once in a process.
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", PROVIDER)
    yield
    EXPORTER.clear()
    assert not trace.get_current_span().get_span_context().is_valid


def spans(name: str) -> list[ReadableSpan]:
    return [span for span in EXPORTER.get_finished_spans() if span.name == name]


def span(name: str) -> ReadableSpan:
    [one] = spans(name)
    return one


def trace_id(one: ReadableSpan) -> str:
    assert one.context
    return trace.format_trace_id(one.context.trace_id)


def span_id(one: ReadableSpan | None) -> str:
    assert one and one.context
    return trace.format_span_id(one.context.span_id)


def parent_id(one: ReadableSpan) -> str:
    assert one.parent
    return trace.format_span_id(one.parent.span_id)


def linked(one: ReadableSpan) -> list[str]:
    return [trace.format_span_id(link.context.span_id) for link in one.links]


def run(work: Callable[[Task], Any], traceparent: str | None = TRACEPARENT, tracestate: str | None = None) -> Any:
    """Runs work in a task of a trace, and returns its result."""
    task = fake_task(type="export")
    task.event["detail"].update(traceparent=traceparent, tracestate=tracestate)
    return task.run_work(work).result


def read(task: Task) -> None:
    with TRACER.start_as_current_span("read"):
        pass


def test_the_spans_of_the_work_are_in_the_trace_of_the_request() -> None:
    run(read)
    process = span("process export")
    assert (trace_id(process), parent_id(process)) == (TRACE_ID, SPAN_ID)
    assert process.parent and process.parent.is_remote
    assert (trace_id(span("read")), parent_id(span("read"))) == (TRACE_ID, span_id(process))


def test_the_span_of_a_task_follows_the_conventions_for_messages() -> None:
    task_id = run(lambda task: task.task_id)
    process = span("process export")
    assert process.kind == SpanKind.CONSUMER
    assert dict(process.attributes or {}) == {
        "messaging.system": "cdk-task-manager",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "export",
        "messaging.message.id": task_id,
    }
    assert linked(process) == [SPAN_ID]
    assert process.status.status_code == StatusCode.UNSET


def test_the_work_gets_the_context_of_the_request_with_the_state_of_its_trace() -> None:
    def work(task: Task) -> Any:
        headers: dict[str, str] = {}
        propagate.inject(headers)
        return [task.traceparent, task.tracestate, headers]

    traceparent, tracestate, headers = run(work, tracestate="vendor=1")
    assert (traceparent, tracestate) == (TRACEPARENT, "vendor=1")
    assert headers == {"traceparent": f"00-{TRACE_ID}-{span_id(span('process export'))}-01", "tracestate": "vendor=1"}


def test_the_span_of_the_invocation_is_linked_if_it_is_of_another_trace() -> None:
    with TRACER.start_as_current_span("invocation"):
        run(read)
    assert trace_id(span("invocation")) != TRACE_ID
    assert trace_id(span("read")) == TRACE_ID
    assert linked(span("process export")) == [SPAN_ID, span_id(span("invocation"))]


def test_the_span_of_the_invocation_is_the_parent_if_it_is_of_the_same_trace() -> None:
    with TRACER.start_as_current_span("invocation", propagate.extract({"traceparent": TRACEPARENT})):
        run(read)
    assert parent_id(span("process export")) == span_id(span("invocation"))
    assert linked(span("process export")) == [SPAN_ID]


def test_tasks_at_the_same_time_keep_their_traces() -> None:
    def work(task: Task) -> str:
        read(task)
        return trace.format_trace_id(trace.get_current_span().get_span_context().trace_id)

    ids = [f"{number:0>32}" for number in range(1, 21)]
    with ThreadPoolExecutor(len(ids)) as threads:
        assert list(threads.map(lambda one: run(work, f"00-{one}-{SPAN_ID}-01"), ids)) == ids
    assert sorted(trace_id(one) for one in spans("read")) == ids


def test_a_request_that_is_not_sampled_is_not_sampled_in_the_work() -> None:
    assert run(lambda task: trace.get_current_span().get_span_context().trace_flags, f"00-{TRACE_ID}-{SPAN_ID}-00") == 0
    assert EXPORTER.get_finished_spans() == ()


def test_a_task_of_an_earlier_version_without_a_trace_gets_one_of_its_own() -> None:
    run(read, traceparent=None)
    process = span("process export")
    assert process.parent is None
    assert linked(process) == []
    assert parent_id(span("read")) == span_id(process)


@pytest.mark.parametrize(
    ("error", "error_type"),
    [
        pytest.param(TaskFailure("UnknownTable", "confidential"), "UnknownTable", id="a TaskFailure"),
        pytest.param(TypeError("confidential"), "TypeError", id="another error"),
        pytest.param(ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject"), "NoSuchKey", id="an error of AWS"),
        pytest.param(SystemExit(3), "SystemExit", id="an exit"),
    ],
)
def test_work_that_raises_fails_its_span(error: BaseException, error_type: str) -> None:
    def work(task: Task) -> None:
        read(task)
        raise error

    if isinstance(error, TaskFailure):
        run(work)
    else:
        with pytest.raises(type(error)) as raised:
            run(work)
        assert raised.value is error
    process = span("process export")
    assert (process.status.status_code, process.status.description) == (StatusCode.ERROR, None)
    assert (process.attributes or {})["error.type"] == error_type
    assert process.events == ()
    assert trace_id(span("read")) == TRACE_ID


def test_a_container_works_in_the_trace_of_its_request(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {
        "TASK_ID": "id",
        "TASK_TYPE": "render",
        "TASK_CREATED_AT": "2026-11-26T09:59:59.500Z",
        "TASK_DEADLINE": "2226-11-26T09:59:59.500Z",
        "TASK_REPORT_TO": '{"eventBusName": "bus", "source": "source"}',
        "TRACEPARENT": TRACEPARENT,
        "TRACESTATE": "vendor=1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    contexts = []

    def work(task: Task) -> None:
        read(task)
        contexts.append((task.traceparent, task.tracestate))

    with pytest.raises(SystemExit) as ended:
        run_task(work)
    assert ended.value.code == 0
    assert contexts == [(TRACEPARENT, "vendor=1")]
    assert parent_id(span("process render")) == SPAN_ID
    assert trace_id(span("read")) == TRACE_ID


class BrokenSpan:
    def __getattr__(self, name: str) -> Any:
        raise AttributeError("broken")


def broken(*_: Any, **__: Any) -> Any:
    raise RuntimeError("broken")


BROKEN: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "is not loaded": lambda patch: patch.delitem(sys.modules, "opentelemetry.trace"),
    "extracts nothing": lambda patch: patch.setattr(propagate, "extract", broken),
    "has no tracer": lambda patch: patch.setattr(trace, "get_tracer", broken),
    "has a span that fails": lambda patch: patch.setattr(trace.get_tracer("").__class__, "start_span", lambda *_, **__: BrokenSpan()),
    "can't make a span the current one": lambda patch: patch.setattr(context, "attach", broken),
    "can't end a span": lambda patch: patch.setattr(context, "detach", broken),
}


@pytest.mark.parametrize("break_it", [pytest.param(break_it, id=name) for name, break_it in BROKEN.items()])
def test_open_telemetry_that_is_broken_changes_nothing(break_it: Callable[[pytest.MonkeyPatch], None]) -> None:
    runs = []

    def work(task: Task) -> str:
        runs.append(task)
        return "done"

    def failing_work(task: Task) -> None:
        runs.append(task)
        raise ValueError("work")

    token = context.attach(context.get_current())
    with pytest.MonkeyPatch.context() as patch:
        break_it(patch)
        assert run(work) == "done"
        with pytest.raises(ValueError, match="work"):
            run(failing_work)
    context.detach(token)
    assert len(runs) == 2


def test_a_function_without_open_telemetry_does_not_load_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "opentelemetry"]:
        monkeypatch.delitem(sys.modules, name)

    @task_processor
    def handler(task: Task, context: object) -> str:
        return "done"

    assert fake_task().run(handler).result == "done"
    assert "opentelemetry" not in sys.modules
