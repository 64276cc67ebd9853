"""What happens while an answer of AWS is on its way."""

import threading
from collections.abc import Callable

import pytest
from cdk_task_manager_processor import Task, _task_processor, task_processor
from cdk_task_manager_processor._background import Background
from cdk_task_manager_processor._clock import Clock
from cdk_task_manager_processor._event import CreatedTask, parse_delivery
from cdk_task_manager_processor._protocol import Json
from cdk_task_manager_processor._reports import Reports
from cdk_task_manager_processor._services import Source
from cdk_task_manager_processor._status_question import StatusQuestion
from cdk_task_manager_processor._stop_signal import StopSignal

from events import CREATED_AT, created_event

TASK = parse_delivery(created_event(statusReaderArn="arn")).task


class SlowServices:
    """Accepts the first report when the test lets it, and the others at once."""

    def __init__(self) -> None:
        self.reports: list[Json] = []
        self.first_arrived = threading.Event()
        self.accept_first = threading.Event()

    def send(self, task: CreatedTask, report: Json) -> None:
        if not self.first_arrived.is_set():
            self.first_arrived.set()
            assert self.accept_first.wait(60)
        self.reports.append(report)

    def status(self, status_reader_arn: str, request: Json) -> str:
        return "CANCELLED"

    def upload(self, bucket: str, key: str, source: Source, content_type: str) -> None: ...

    def max_receive_count(self, queue_arn: str) -> int | None: ...


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> SlowServices:
    services = SlowServices()
    monkeypatch.setattr(_task_processor, "aws_services", services)
    return services


def test_the_work_starts_before_running_is_reported_and_the_handler_waits_for_it(services: SlowServices) -> None:
    @task_processor
    def handler(task: Task, context: object) -> None:
        assert services.first_arrived.wait(60)
        threading.Timer(0.01, services.accept_first.set).start()

    handler(created_event(), None)

    assert sorted(report["status"] for report in services.reports) == ["RUNNING", "SUCCESSFUL"]


def test_of_several_reports_only_the_latest_waits(services: SlowServices) -> None:
    @task_processor(progress_interval_seconds=0)
    def handler(task: Task, context: object) -> None:
        assert services.first_arrived.wait(60)
        for percent in range(101):
            task.progress(percent)
        services.accept_first.set()

    handler(created_event(), None)

    running = [report.get("progress") for report in services.reports if report["status"] == "RUNNING"]
    assert running == [None, {"percent": 100}]


def test_a_report_that_waits_keeps_its_heartbeat() -> None:
    services = SlowServices()
    services.accept_first.set()
    calls: list[Callable[[], None]] = []
    reports = Reports(TASK, services, Clock(), calls.append)

    reports.running({"sequence": 1, "heartbeatSeconds": 60})
    reports.running({"sequence": 2, "progress": {"percent": 1}})
    for call in calls:
        call()

    about = {"taskId": "0f8fad5b", "taskCreatedAt": CREATED_AT, "status": "RUNNING"}
    assert services.reports == [{**about, "sequence": 2, "heartbeatSeconds": 60, "progress": {"percent": 1}}]


def test_a_heartbeat_is_taken_back_after_it_was_armed(services: SlowServices) -> None:
    @task_processor(heartbeat_seconds=60)
    def handler(task: Task, context: object) -> None:
        assert services.first_arrived.wait(60)
        threading.Timer(0.01, services.accept_first.set).start()
        raise LookupError

    with pytest.raises(LookupError):
        handler(created_event(), None)

    assert [report["heartbeatSeconds"] for report in services.reports] == [60, 0]


def test_an_answer_that_comes_after_the_work_changes_nothing() -> None:
    asking = Background(Clock(), "task-status")
    stop_signal = StopSignal(Clock(), on_ended=lambda: pytest.fail("stopped"))
    asking.close()

    stop_signal._ask(StatusQuestion(TASK, SlowServices()), asking)

    assert stop_signal.ended_as is None
