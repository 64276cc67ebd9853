"""Checks the payload."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from .errors import TaskFailure

P = TypeVar("P")


def parse_payload(schema: Callable[[Any], P], payload: Any) -> P:
    """
    :raises TaskFailure: if the schema raises any error: a retry would not help
    """
    try:
        return schema(payload)
    except TaskFailure:
        raise
    except Exception as error:
        raise TaskFailure("InvalidPayload", _text(error)) from error


def _text(error: Exception) -> str:
    errors = getattr(error, "errors", None)
    if callable(errors):
        # pydantic
        return "; ".join(_issue(issue["loc"], issue["msg"]) for issue in errors())
    message = getattr(error, "message", None)
    if isinstance(message, str):
        # jsonschema
        return _issue(getattr(error, "absolute_path", ()), message)
    # The text of a KeyError is only the key.
    name = "" if isinstance(error, ValueError) else type(error).__name__
    return ": ".join(filter(None, [name, str(error)]))


def _issue(path: Iterable[object], message: str) -> str:
    return ": ".join(filter(None, [".".join(map(str, path)), message]))
