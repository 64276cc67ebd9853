"""How a task ends."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ._protocol import MAX_DEPTH, MAX_ERROR_CODE, MAX_ERROR_MESSAGE, MAX_RESULT_BYTES, TASK_END, Json, defect_of, storable_text
from .errors import TaskFailure


def end_of_returned(value: Any, result_object: Json | None, can_upload: bool) -> Json:
    """Makes the end of a task whose work has returned.

    :param result_object: the object that the work has uploaded, if any
    :param can_upload: whether the work could have uploaded one
    """
    try:
        text = json.dumps(value, default=_plain, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return failed("InvalidResult", f"the result is nested deeper than {MAX_DEPTH} levels")
    except (TypeError, ValueError) as error:
        # It names types only.
        return failed("InvalidResult", f"the result is not JSON: {error}")
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_RESULT_BYTES:
        advice = "upload it with task.upload()" if can_upload else "set resultBucket of the TaskManager, and upload it with task.upload()"
        return failed("ResultTooLarge", f"the result has {size} bytes; the maximum is {MAX_RESULT_BYTES}: {advice}")
    # As it arrives: tuples are lists, and keys are strings.
    result = json.loads(text)
    defect = defect_of(result)
    if defect:
        return failed("InvalidResult", f"the result {defect}")
    if isinstance(result, Mapping) and TASK_END in result:
        return failed("InvalidResult", f"the result must not have a member {TASK_END}")
    if result_object is None:
        return {"status": "SUCCESSFUL", "result": result}
    return {"status": "SUCCESSFUL", **({} if result is None else {"result": result}), "resultObject": result_object}


def failed(code: str, message: str) -> Json:
    """Makes the end of a task that failed."""
    return {
        "status": "FAILED",
        "error": {"code": storable_text(code, MAX_ERROR_CODE), "message": storable_text(message, MAX_ERROR_MESSAGE)},
    }


def end_of_raised(error: BaseException) -> Json:
    """Makes the end of a task whose work raised an error and is not retried."""
    if isinstance(error, TaskFailure):
        return failed(str(error.code), str(error.message))
    return failed("ProcessorFailed", ": ".join(filter(None, [type(error).__name__, str(error)])))


def return_value(end: Json) -> Any:
    """Returns what the function returns after an end, so that the reporter of ``completeOnReturn`` reports the same."""
    return end["result"] if end["status"] == "SUCCESSFUL" and "resultObject" not in end else {TASK_END: end}


def _plain(value: Any) -> int | float:
    """Makes a number of a Decimal, as Lambda does. Numbers of DynamoDB are Decimals."""
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
