"""Containers as real processes: what the conformance cases, on a clock of their own, can't show."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from cdk_task_manager_processor import _run_task

from aws_server import AwsServer

RESULT = "/results/tasks/render/0f8fad5b/result.json"
REPORT_TO = {"eventBusName": "bus", "source": "tasks.processor.render", "statusReaderArn": "reader", "resultBucketName": "results"}
IMPORTS = """
import os, sys, threading, time
from cdk_task_manager_processor import Interrupted, TaskEnded, TaskFailure, run_task
"""


class Container:
    """The process of a container."""

    def __init__(self, program: str, options: tuple[str, ...] = (), **environment: str) -> None:
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        variables = {
            "TASK_ID": "0f8fad5b",
            "TASK_TYPE": "render",
            "TASK_PAYLOAD": '{"scene":"castle"}',
            "TASK_CREATED_AT": now,
            "TASK_DEADLINE": "2999-01-01T00:00:00.000Z",
            "TASK_REPORT_TO": json.dumps(REPORT_TO),
            "TASK_RESULT_URI": f"s3:/{RESULT}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(Path(_run_task.__file__).parents[1]),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-u", *options, "-c", IMPORTS + program],
            env={**os.environ, **variables, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def started(self) -> "Container":
        """Waits until the work has printed a line."""
        assert self._process.stdout and self._process.stdout.readline() == "working\n"
        return self

    def send(self, number: int) -> "Container":
        self._process.send_signal(number)
        return self

    def ended(self) -> tuple[int, str]:
        """Returns the exit code, and what was written to stderr."""
        _, errors = self._process.communicate(timeout=60)
        return self._process.returncode, errors

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


containers: list[Container] = []


@pytest.fixture(autouse=True)
def cleanup(aws: AwsServer) -> Iterator[None]:
    yield
    while containers:
        containers.pop().kill()


def start(program: str, options: tuple[str, ...] = (), **environment: str) -> Container:
    containers.append(Container(program, options, **environment))
    return containers[-1]


def run(program: str, options: tuple[str, ...] = (), **environment: str) -> tuple[int, str]:
    return start(program, options, **environment).ended()


def end(aws: AwsServer) -> Any:
    return json.loads(aws.bodies[RESULT]) if RESULT in aws.bodies else None


def failure(code: str, message: str) -> Any:
    return {"cdk-task-manager:end": {"status": "FAILED", "error": {"code": code, "message": message}}}


def test_the_result_is_stored_before_the_process_ends_with_0(aws: AwsServer) -> None:
    program = """
def work(task):
    task.progress(50)
    return {"scene": task.payload["scene"]}

run_task(work)
"""
    assert run(program) == (0, "")
    assert end(aws) == {"scene": "castle"}
    assert {json.loads(entry["Detail"])["status"] for entry in aws.entries} == {"RUNNING"}


def test_a_long_payload_comes_from_s3(aws: AwsServer) -> None:
    aws.bodies["/results/payload.json"] = b'{"scene":"forest"}'
    program = "run_task(lambda task: task.payload['scene'])"
    assert run(program, TASK_PAYLOAD="", TASK_PAYLOAD_URI="s3://results/payload.json") == (0, "")
    assert end(aws) == "forest"


def test_the_program_of_the_example_renders_an_image(aws: AwsServer) -> None:
    program = Path(__file__).parents[2] / "examples" / "container" / "renderer" / "render.py"
    start = f"import runpy; runpy.run_path({str(program)!r}, run_name='__main__')"
    assert run(start, TASK_PAYLOAD='{"width":30,"height":20}') == (0, "")

    stored = end(aws)["cdk-task-manager:end"]
    image = aws.objects[f"/results/{stored['resultObject']['key']}"]
    assert (image.content_type, stored["result"]) == ("image/png", {"width": 30, "height": 20})


def test_in_another_thread_the_exit_code_is_the_same(aws: AwsServer) -> None:
    program = "threading.Thread(target=lambda: run_task(lambda task: {})).start()\ntime.sleep(60)"
    assert run(program.format("7")) == (0, "")
    code, _ = run(program.format("1 / 0"))
    assert code == 1


def test_an_error_fails_the_task_and_is_printed(aws: AwsServer) -> None:
    code, errors = run("def work(task):\n    raise KeyError('frame')\n\nrun_task(work)")
    assert code == 1
    assert re.search(r"^Traceback .*in work\n.*KeyError: 'frame'\n$", errors, re.DOTALL)
    assert end(aws) == failure("ProcessorFailed", "KeyError: 'frame'")


def test_work_that_calls_sys_exit_does_not_look_successful(aws: AwsServer) -> None:
    code, errors = run("run_task(lambda task: sys.exit(0))")
    assert (code, "SystemExit: 0" in errors) == (1, True)
    assert end(aws) == failure("ProcessorFailed", "SystemExit: 0")


def test_a_task_failure_fails_the_task_and_is_not_printed(aws: AwsServer) -> None:
    program = "def work(task):\n    raise TaskFailure('UnknownScene', 'no such scene')\n\nrun_task(work)"
    assert run(program) == (1, "")
    assert end(aws) == failure("UnknownScene", "no such scene")


WAITS = """
def work(task):
    print("working")
    while not task.is_cancelled:
        time.sleep(0.001)
    try:
        task.raise_if_cancelled()
    except (Interrupted, TaskEnded) as reason:
        print(repr(reason), file=sys.stderr)
        raise

run_task(work)
"""


@pytest.mark.parametrize(("status", "reason"), [("RUNNING", "Interrupted()\n"), ("CANCELLED", "TaskEnded('CANCELLED')\n")])
def test_sigterm_stops_the_work(aws: AwsServer, status: str, reason: str) -> None:
    aws.status = status
    assert start(WAITS).started().send(signal.SIGTERM).ended() == (1, reason)
    assert end(aws) is None
    assert len(aws.invocations) == 1


def test_work_that_does_not_look_after_sigterm_comes_to_its_end(aws: AwsServer) -> None:
    program = """
def work(task):
    print("working")
    while not task.is_cancelled:
        time.sleep(0.001)
    return "done"

run_task(work)
"""
    container = start(program).started()
    for _ in range(20):
        container.send(signal.SIGTERM)
    assert container.ended() == (0, "")
    assert end(aws) == "done"


def test_a_process_that_is_killed_leaves_nothing_behind(aws: AwsServer) -> None:
    assert start(WAITS).started().send(signal.SIGKILL).ended() == (-signal.SIGKILL, "")
    assert end(aws) is None


def test_the_process_fails_if_s3_refuses_the_result_and_says_why_without_quoting_it(aws: AwsServer) -> None:
    aws.refuses_objects = True
    code, errors = run("run_task(lambda task: 'confidential')")
    assert code == 1
    assert errors == "end not stored: taskId=0f8fad5b error=AccessDenied\n" * 4


def test_outside_of_a_container_it_says_which_variable_is_missing(aws: AwsServer) -> None:
    code, errors = run("run_task(lambda task: 7)", TASK_ID="")
    assert code == 1
    assert "ValueError: TASK_ID is missing: run_task works in a container that a ContainerTaskProcessor starts\n" in errors


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("run_task(lambda task: 7, heartbeat_seconds=0)", "heartbeat_seconds must be a whole number from 1 to 86400, got 0"),
        ("async def work(task): ...\nrun_task(work)", "the work can't be async: define it with def, and call asyncio.run() in it"),
    ],
)
def test_wrong_use_makes_the_process_fail(aws: AwsServer, program: str, message: str) -> None:
    code, errors = run(program)
    assert (code, message in errors) == (1, True)


def test_the_work_does_not_start_if_the_region_is_not_known(aws: AwsServer) -> None:
    program = "del os.environ['AWS_DEFAULT_REGION']; run_task(lambda task: print('working', file=sys.stderr))"
    code, errors = run(program, AWS_CONFIG_FILE="/dev/null")
    assert (code, "NoRegionError" in errors, "working" in errors) == (1, True, False)


def test_the_work_does_not_start_without_boto3(aws: AwsServer) -> None:
    code, errors = run("run_task(lambda task: print('working', file=sys.stderr))", options=("-S",))
    assert (code, "No module named 'boto3'" in errors, "working" in errors) == (1, True, False)
