"""The log of the helper. Its entries have ids, codes and names of errors, but no payloads, results or messages."""

import logging
import re

from ._event import CreatedTask

logger = logging.getLogger("cdk_task_manager_processor")


def ids_of(task: CreatedTask) -> str:
    """Returns what an entry has about its task: the id, and that of its trace if it has one."""
    trace = re.match("00-([0-9a-f]{32})-", str(task.traceparent))
    return f"taskId={task.task_id} traceId={trace[1]}" if trace else f"taskId={task.task_id}"


def error_name(error: BaseException) -> str:
    """Returns the code of an error of AWS, and the class of any other error."""
    response = getattr(error, "response", None)
    details = response.get("Error") if isinstance(response, dict) else None
    code = details.get("Code") if isinstance(details, dict) else None
    return str(code or type(error).__name__)
