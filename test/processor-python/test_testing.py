"""The fake task, as users test their processors with it."""

import threading
from typing import Any

import pytest
from cdk_task_manager_processor import LambdaContext, OutOfTime, Task, TaskEnded, TaskFailure, task_processor
from cdk_task_manager_processor.testing import FakeContext, FakeTask, FakeUpload, fake_task


@task_processor
def export(task: Task[dict[str, Any]], context: object) -> dict[str, int]:
    rows = task.payload["rows"]
    if not rows:
        raise TaskFailure("NoRows", "there is nothing to export")
    for number, row in enumerate(rows, start=1):
        task.raise_if_cancelled()
        if row == "crash":
            raise LookupError(row)
        task.progress(100 * number / len(rows), f"{number} rows")
    return {"rows": len(rows)}


def test_shows_the_reports_and_the_result() -> None:
    task = fake_task({"rows": ["a", "b"]}).run(export)

    assert task.status == "SUCCESSFUL"
    assert task.result == {"rows": 2}
    assert task.progress == [{"percent": 50, "message": "1 rows"}, {"percent": 100, "message": "2 rows"}]
    assert [report["status"] for report in task.reports] == ["RUNNING", "RUNNING", "RUNNING", "SUCCESSFUL"]
    assert (task.error, task.result_object) == (None, None)


def test_runs_the_work_of_a_container() -> None:
    def work(task: Task[int]) -> int:
        task.raise_if_cancelled()
        return 1 // task.payload

    task = fake_task("2").run_work(work, schema=int)
    assert (task.status, task.result) == ("SUCCESSFUL", 0)
    assert fake_task("two").run_work(work, schema=int).error == {
        "code": "InvalidPayload",
        "message": "invalid literal for int() with base 10: 'two'",
    }
    with pytest.raises(ZeroDivisionError):
        fake_task(0).run_work(work)

    cancelled = fake_task(1)
    cancelled.cancel()
    assert cancelled.run_work(work).status == "CANCELLED"


def test_shows_why_the_task_failed() -> None:
    task = fake_task({"rows": []}).run(export)

    assert task.status == "FAILED"
    assert task.error == {"code": "NoRows", "message": "there is nothing to export"}
    assert task.result is None


def test_raises_the_error_that_lambda_would_retry() -> None:
    task = fake_task({"rows": ["a", "crash"]})

    with pytest.raises(LookupError, match="crash"):
        task.run(export)

    assert task.status == "RUNNING"


def test_a_second_run_is_a_retry() -> None:
    rows = ["a", "crash"]
    task = fake_task({"rows": rows})
    with pytest.raises(LookupError):
        task.run(export)
    task.event["detail"]["payload"]["rows"] = ["a"]

    assert task.run(export).status == "SUCCESSFUL"


def test_is_pending_before_it_is_run() -> None:
    assert fake_task().status == "PENDING"


def test_a_task_that_is_cancelled_stops_its_work() -> None:
    task = fake_task({"rows": ["a", "b"]})
    seen: list[bool] = []

    @task_processor
    def handler(working: Task, context: object) -> None:
        seen.append(working.is_cancelled)
        task.cancel()
        seen.append(working.is_cancelled)
        with pytest.raises(TaskEnded, match="the task is already CANCELLED"):
            working.raise_if_cancelled()
        working.raise_if_cancelled()

    assert task.run(handler).status == "CANCELLED"
    assert seen == [False, True]
    assert [report["status"] for report in task.reports] == ["RUNNING"]


def test_a_task_that_is_cancelled_before_its_run_stops_at_once() -> None:
    task = fake_task({"rows": ["a"]})
    task.cancel()
    task.run(export)
    assert (task.status, task.reports) == ("CANCELLED", [])


def test_the_time_can_run_out() -> None:
    task = fake_task({"rows": ["a"]})
    task.run_out_of_time()

    with pytest.raises(OutOfTime, match="the function's time is nearly up"):
        task.run(export)

    assert task.status == "RUNNING"


def test_a_cancellation_does_not_change_the_end() -> None:
    task = fake_task({"rows": ["a"]}).run(export)
    task.cancel()
    assert task.status == "SUCCESSFUL"


def test_shows_the_uploads() -> None:
    @task_processor
    def handler(task: Task, context: object) -> dict[str, int]:
        task.upload((f"{number}\n" for number in range(3)), content_type="text/plain", file_name="numbers.txt")
        return {"rows": 3}

    task = fake_task(type="numbers").run(handler)

    assert task.uploads == [FakeUpload(b"0\n1\n2\n", "text/plain")]
    assert task.result == {"rows": 3}
    assert task.result_object
    assert task.result_object["key"].startswith(f"tasks/numbers/{task.event['detail']['taskId']}/")
    assert task.result_object["fileName"] == "numbers.txt"


def test_can_have_no_bucket() -> None:
    @task_processor
    def handler(task: Task, context: object) -> None:
        task.upload(b"", content_type="text/plain")

    with pytest.raises(RuntimeError, match="the TaskManager has no bucket for results: set its prop resultBucket"):
        fake_task(result_bucket=False).run(handler)


def test_the_work_gets_what_the_api_knows() -> None:
    seen: list[Task] = []

    @task_processor
    def handler(task: Task, context: object) -> None:
        seen.append(task)

    fake = fake_task((1, 2), type="export", owner="ada").run(handler)

    [task] = seen
    assert (task.type, task.payload, task.owner) == ("export", [1, 2], "ada")
    assert task.task_id == fake.event["detail"]["taskId"]
    assert (task.deadline_at - task.created_at).days == 1
    assert task.created_at.tzinfo is not None


def test_the_work_gets_the_context() -> None:
    seen: list[LambdaContext] = []

    @task_processor
    def handler(task: Task, context: LambdaContext) -> int:
        seen.append(context)
        return context.get_remaining_time_in_millis()

    own: LambdaContext = FakeContext(function_name="exporter")
    assert fake_task().run(handler).result == 900_000
    fake_task().run(handler, context=own)
    assert seen == [FakeContext(), own]


def test_tasks_can_run_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=60)

    @task_processor
    def handler(task: Task[int], context: object) -> int:
        both.wait()
        task.progress(task.payload)
        return task.payload

    tasks = [fake_task(1), fake_task(2)]
    threads = [threading.Thread(target=task.run, args=[handler]) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [(task.progress, task.result) for task in tasks] == [([{"percent": 1}], 1), ([{"percent": 2}], 2)]


def test_the_work_can_report_from_several_threads() -> None:
    @task_processor
    def handler(task: Task, context: object) -> None:
        def count() -> None:
            for percent in range(101):
                task.progress(percent)

        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    task: FakeTask = fake_task().run(handler)

    sequences = [report["sequence"] for report in task.reports if "sequence" in report]
    assert len(task.progress) == 404
    assert sequences == sorted(set(sequences))
