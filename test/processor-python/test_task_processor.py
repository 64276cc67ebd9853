"""What the shared cases do not show, because it is Python's."""

import json
import math
from decimal import Decimal
from typing import Any

import pytest
from cdk_task_manager_processor import Task, TaskEnded, TaskFailure, task_processor
from cdk_task_manager_processor.testing import fake_task
from pydantic import BaseModel, TypeAdapter


def returning(value: object) -> Any:
    return task_processor(lambda task, context: value)


class TestHandler:
    def test_has_the_name_of_the_work(self) -> None:
        @task_processor(heartbeat_seconds=60)
        def export(task: Task, context: object) -> None:
            """Exports a table."""

        assert (export.__name__, export.__doc__) == ("export", "Exports a table.")

    def test_can_be_called_without_a_context(self) -> None:
        event = fake_task().event
        event["detail"]["deadlineAt"] = "2020-01-01T00:00:00.000Z"
        assert returning(7)(event)["cdk-task-manager:end"]["error"]["code"] == "TaskTimeout"

    def test_refuses_an_async_function(self) -> None:
        async def export(task: Task, context: object) -> None: ...

        with pytest.raises(TypeError, match="a task processor can't be async: define it with def, and call asyncio.run\\(\\) in it"):
            task_processor(export)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"heartbeat_seconds": 0}, "heartbeat_seconds must be a whole number from 1 to 86400, got 0"),
            ({"heartbeat_seconds": 86401}, "heartbeat_seconds must be a whole number from 1 to 86400, got 86401"),
            ({"heartbeat_seconds": 1.5}, "heartbeat_seconds must be a whole number from 1 to 86400, got 1.5"),
            ({"heartbeat_seconds": True}, "heartbeat_seconds must be a whole number from 1 to 86400, got True"),
            ({"progress_interval_seconds": -1}, "progress_interval_seconds must be from 0 to 86400, got -1"),
            ({"progress_interval_seconds": math.nan}, "progress_interval_seconds must be from 0 to 86400, got nan"),
            ({"progress_interval_seconds": 86401}, "progress_interval_seconds must be from 0 to 86400, got 86401"),
            ({"status_interval_seconds": 0.5}, "status_interval_seconds must be from 1 to 86400, got 0.5"),
            ({"status_interval_seconds": math.inf}, "status_interval_seconds must be from 1 to 86400, got inf"),
        ],
    )
    def test_refuses_an_invalid_option(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError) as refused:
            task_processor(**options)
        assert str(refused.value) == message

    def test_passes_on_an_exit_of_the_program(self) -> None:
        @task_processor(heartbeat_seconds=60)
        def handler(task: Task, context: object) -> None:
            raise SystemExit(1)

        task = fake_task()
        with pytest.raises(SystemExit):
            task.run(handler)
        assert task.reports[-1]["heartbeatSeconds"] == 0


class TestResult:
    @pytest.mark.parametrize(
        ("value", "result"),
        [
            ((1, 2), [1, 2]),
            ({1: "a"}, {"1": "a"}),
            # Numbers of DynamoDB
            ({"rows": Decimal("7"), "share": Decimal("0.5")}, {"rows": 7, "share": 0.5}),
            ("č😀", "č😀"),
            (None, None),
        ],
    )
    def test_is_what_json_makes_of_it(self, value: object, result: object) -> None:
        task = fake_task()
        returned = []
        handler = returning(value)
        task.run(lambda event, context: returned.append(handler(event, context)))
        assert (task.status, task.result, json.dumps(returned)) == ("SUCCESSFUL", result, json.dumps([result]))

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ({1, 2}, "the result is not JSON: Object of type set is not JSON serializable"),
            ({(1, 2): 3}, "the result is not JSON: keys must be str, int, float, bool or None, not tuple"),
            (math.nan, "the result is not JSON: Out of range float values are not JSON compliant"),
            (Decimal("NaN"), "the result is not JSON: Out of range float values are not JSON compliant"),
            (10**400, "the result contains a number that is too large"),
            ({"\ud83d": 1}, "the result contains a string that is not valid Unicode"),
        ],
        ids=["set", "tuple as key", "nan", "decimal nan", "large int", "surrogate"],
    )
    def test_that_is_not_json_fails_the_task(self, value: object, message: str) -> None:
        error = fake_task().run(returning(value)).error
        assert error and error["code"] == "InvalidResult"
        assert error["message"].startswith(message)

    def test_that_is_nested_too_deeply_for_python_fails_the_task(self) -> None:
        nested: list[Any] = []
        for _ in range(100_000):
            nested = [nested]
        assert fake_task().run(returning(nested)).error == {
            "code": "InvalidResult",
            "message": "the result is nested deeper than 128 levels",
        }


class TestProgress:
    @pytest.mark.parametrize(("percent", "reported"), [(0, 0), (100, 100), (99.5, 99.5), (Decimal("12.5"), 12.5)])
    def test_takes_numbers(self, percent: Any, reported: float) -> None:
        @task_processor
        def handler(task: Task, context: object) -> None:
            task.progress(percent)

        assert fake_task().run(handler).progress == [{"percent": reported}]

    @pytest.mark.parametrize(
        ("percent", "message", "refusal"),
        [
            (100.1, None, "percent must be a number from 0 to 100, got 100.1"),
            (math.nan, None, "percent must be a number from 0 to 100, got nan"),
            (True, None, "percent must be a number from 0 to 100, got True"),
            ("50", None, "percent must be a number from 0 to 100, got str"),
            ([50], None, "percent must be a number from 0 to 100, got list"),
            (None, 50, "the message must be a str, got int"),
            (None, None, "progress needs a percent, a message or both"),
        ],
    )
    def test_refuses_other_values(self, percent: Any, message: Any, refusal: str) -> None:
        @task_processor
        def handler(task: Task, context: object) -> None:
            with pytest.raises(ValueError) as refused:
                task.progress(percent, message)
            assert str(refused.value) == refusal

        assert fake_task().run(handler).status == "SUCCESSFUL"


class TestSchema:
    class Export(BaseModel):
        table: str
        limit: int = 10

    def test_of_pydantic_makes_the_payload(self) -> None:
        @task_processor(schema=TypeAdapter(self.Export).validate_python)
        def handler(task: Task[TestSchema.Export], context: object) -> list[Any]:
            return [task.payload.table, task.payload.limit]

        assert fake_task({"table": "customers"}).run(handler).result == ["customers", 10]

    def test_of_pydantic_refuses_a_payload_with_all_issues(self) -> None:
        @task_processor(schema=self.Export.model_validate)
        def handler(task: Task[TestSchema.Export], context: object) -> None:
            pytest.fail("started")

        assert fake_task({"limit": "many"}).run(handler).error == {
            "code": "InvalidPayload",
            "message": "table: Field required; limit: Input should be a valid integer, unable to parse string as an integer",
        }

    @pytest.mark.parametrize(
        ("error", "message"),
        [
            (ValueError("no table"), "no table"),
            (KeyError("table"), "KeyError: 'table'"),
            (TypeError("missing a required argument: 'table'"), "TypeError: missing a required argument: 'table'"),
            (AssertionError(), "AssertionError"),
            # As jsonschema raises it
            (
                type("ValidationError", (Exception,), {"message": "7 is not a string", "absolute_path": ["tables", 0]})(),
                "tables.0: 7 is not a string",
            ),
        ],
    )
    def test_can_raise_any_error(self, error: Exception, message: str) -> None:
        def schema(payload: object) -> None:
            raise error

        task = fake_task().run(task_processor(schema=schema)(lambda task, context: None))
        assert task.error == {"code": "InvalidPayload", "message": message}

    def test_can_choose_the_code(self) -> None:
        def schema(payload: object) -> None:
            raise TaskFailure("UnknownTable", "there is no such table")

        task = fake_task().run(task_processor(schema=schema)(lambda task, context: None))
        assert task.error == {"code": "UnknownTable", "message": "there is no such table"}


class TestErrors:
    def test_have_a_text(self) -> None:
        assert str(TaskFailure("UnknownTable", "there is no such table")) == "UnknownTable: there is no such table"
        assert str(TaskEnded("FAILED")) == "the task is already FAILED"
        assert str(TaskEnded("ENDED")) == "the task no longer exists"
