"""What a processor raises."""


class TaskFailure(Exception):
    """Raised by the work: fails the task at once, without retries."""

    def __init__(self, code: str, message: str) -> None:
        """
        :param code: identifies the reason, such as ``UnknownTable``; at most 128 characters
        :param message: explains the reason to the caller of the API; at most 4,096 characters
        """
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class TaskEnded(Exception):
    """Raised by ``task.raise_if_cancelled()`` if the task has ended before its work: it was cancelled, timed out, or was ended by somebody
    else. Let it end the work: the task is not retried."""

    def __init__(self, status: str) -> None:
        """
        :param status: the terminal status of the task; ``ENDED`` if the task no longer exists
        """
        super().__init__(status)
        self.status = status

    def __str__(self) -> str:
        return "the task no longer exists" if self.status == "ENDED" else f"the task is already {self.status}"


class OutOfTime(Exception):
    """Raised by ``task.raise_if_cancelled()`` shortly before the time-out of the Lambda function. The task goes on: Lambda can retry it."""

    def __str__(self) -> str:
        return "the function's time is nearly up"


class Interrupted(Exception):
    """Raised by ``task.raise_if_cancelled()`` when the container is being stopped before its task has ended, for example because Spot
    capacity is reclaimed. The task goes on: it is started again, or fails."""

    def __str__(self) -> str:
        return "the container is being stopped"
