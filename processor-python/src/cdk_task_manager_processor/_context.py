"""What Lambda passes to a handler beside the event."""

from typing import Protocol


class LambdaContext(Protocol):
    """The part of Lambda's context that all invocations have. The work gets the context as Lambda passes it."""

    @property
    def function_name(self) -> str: ...

    @property
    def function_version(self) -> str: ...

    @property
    def invoked_function_arn(self) -> str: ...

    @property
    def memory_limit_in_mb(self) -> str: ...

    @property
    def aws_request_id(self) -> str: ...

    @property
    def log_group_name(self) -> str: ...

    @property
    def log_stream_name(self) -> str: ...

    def get_remaining_time_in_millis(self) -> int:
        """Returns the time that is left before the time-out of the function."""
