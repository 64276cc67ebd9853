"""The log of the helper. Its entries have ids, codes and names of errors, but no payloads, results or messages."""

import logging

logger = logging.getLogger("cdk_task_manager_processor")


def error_name(error: BaseException) -> str:
    """Returns the code of an error of AWS, and the class of any other error."""
    response = getattr(error, "response", None)
    details = response.get("Error") if isinstance(response, dict) else None
    code = details.get("Code") if isinstance(details, dict) else None
    return str(code or type(error).__name__)
