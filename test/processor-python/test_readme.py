"""The samples of the README of the package: they work, and a strict type checker accepts them."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cdk_task_manager_processor.testing import FakeTask, FakeUpload, fake_task

PACKAGE = Path(__file__).parents[2] / "processor-python"
DOCS = Path(__file__).parents[2] / "docs" / "processors.md"
SAMPLES = re.findall(r"^```python\n(.*?)^```$", (PACKAGE / "README.md").read_text(), re.DOTALL | re.MULTILINE)

# What the samples call.
HELPERS = """
from collections.abc import Iterator

from cdk_task_manager_processor import LambdaContext, Task, task_processor


def import_order(order: dict[str, str]) -> None:
    order["orderId"]


def find_table(name: str) -> str | None:
    return name if name == "customers" else None


def count_rows(table: str) -> int:
    return 7


def read_rows(table: str) -> Iterator[list[object]]:
    yield from (["a", 1], ["b, c", 2])


def render(scene: str, frame: int) -> bytes:
    return f"{scene} {frame};".encode()
"""


def sample(text: str) -> dict[str, Any]:
    """Runs the sample that contains a text. Returns what it defines."""
    [source] = [source for source in SAMPLES if text in source]
    scope: dict[str, Any] = {"__name__": "sample"}
    exec(HELPERS + source, scope)
    return scope


def run(text: str, payload: Any) -> FakeTask:
    return fake_task(payload).run(sample(text)["handler"])


def test_the_first_sample_imports_orders() -> None:
    task = run("import_order(order)", {"orders": [{"orderId": "A-1"}, {"orderId": "A-2"}]})
    assert (task.result, len(task.progress)) == ({"imported": 2}, 2)


def test_the_failure_has_its_code() -> None:
    task = run("find_table", {"table": "suppliers"})
    assert task.error == {"code": "UnknownTable", "message": "there is no table suppliers"}
    assert run("find_table", {"table": "customers"}).result == {"rows": 7}


def test_the_schema_checks_the_payload() -> None:
    assert run("schema=", {"table": "customers", "limit": 5}).result == {"rows": 5}
    assert run("schema=", {}).error == {"code": "InvalidPayload", "message": "table: Field required"}


def test_the_upload_is_a_csv_file() -> None:
    task = run("csv.writer", {"table": "customers"})
    assert task.uploads == [FakeUpload(b'a,1\r\n"b, c",2\r\n', "text/csv")]


def test_the_container_renders_a_video() -> None:
    work = sample("run_task(work)")["work"]
    task = fake_task({"scene": "castle", "frames": 3}).run_work(work)
    assert task.uploads == [FakeUpload(b"castle 0;castle 1;castle 2;", "video/x-motion-jpeg")]
    assert fake_task({"frames": 10_001}).run_work(work).error == {"code": "TooLong", "message": "render at most 10000 frames"}


def test_the_heartbeat_is_promised() -> None:
    assert run("heartbeat_seconds=60", {"table": "customers"}).reports[0]["heartbeatSeconds"] == 60


def test_open_telemetry_works() -> None:
    assert run("start_as_current_span", {"table": "customers"}).result == {"rows": 7}


def test_powertools_work() -> None:
    assert run("Logger", {"table": "customers"}).result == {"rows": 7}


@pytest.mark.parametrize(
    "name", ["test_imports_all_orders", "test_stops_when_its_task_is_cancelled", "test_lets_lambda_retry_a_broken_order"]
)
def test_the_tests_pass(name: str) -> None:
    tests = sample("def test_imports_all_orders")
    tests["handler"] = sample("import_order(order)")["handler"]
    tests[name]()


def checked(directory: Path, sources: dict[str, str]) -> str:
    """Returns what mypy prints about sources."""
    for name, source in sources.items():
        (directory / name).write_text(source)
    mypy = [sys.executable, "-m", "mypy", "--config-file", str(PACKAGE / "pyproject.toml"), "--cache-dir", "cache"]
    env = {"MYPYPATH": str(PACKAGE / "src")}
    return subprocess.run([*mypy, *sources], cwd=directory, env=env, capture_output=True, text=True).stdout


def sources() -> Iterator[tuple[str, str]]:
    for number, source in enumerate(SAMPLES):
        handler = "from sample0 import handler\n" if "fake_task" in source else ""
        # Powertools has its own type of the context.
        helpers = HELPERS.replace("LambdaContext, ", "") if "aws_lambda_powertools" in source else HELPERS
        yield f"sample{number}.py", helpers + handler + source


def test_a_strict_type_checker_accepts_the_samples(tmp_path: Path) -> None:
    assert checked(tmp_path, dict(sources())) == f"Success: no issues found in {len(SAMPLES)} source files\n"


def test_a_strict_type_checker_refuses_wrong_use(tmp_path: Path) -> None:
    wrong = {
        "percent": 'task.progress("50")',
        "body": "task.upload(7, content_type='text/csv')",
        "content type": "task.upload('a')",
        "payload": "task.payload.tables",
    }
    header = "from pydantic import BaseModel\nclass Export(BaseModel):\n    table: str\n"
    lines = [
        f"@task_processor(schema=Export.model_validate)\ndef handler_{n}(task: Task[Export], context: object) -> None:\n    {line}\n"
        for n, line in enumerate(wrong.values())
    ]
    schema = "@task_processor(schema=Export.model_validate)\ndef handler(task: Task[str], context: object) -> None: ...\n"
    errors = checked(tmp_path, {"wrong.py": HELPERS + header + "".join(lines) + schema})

    found = re.findall(r"error: .*\[([\w-]+)\]$", errors, re.MULTILINE)
    assert found == ["arg-type", "arg-type", "call-arg", "attr-defined", "arg-type"]
