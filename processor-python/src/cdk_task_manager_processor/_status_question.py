"""Asks the StatusReader of the TaskManager for the status of a task."""

from ._event import CreatedTask
from ._log import error_name, ids_of, logger
from ._services import Services


class StatusQuestion:
    def __init__(self, task: CreatedTask, services: Services) -> None:
        self._task = task
        self._services = services
        self._has_warned = False

    @property
    def can_ask(self) -> bool:
        return self._task.status_reader_arn is not None

    def ask(self) -> str | None:
        """Returns None if the status is not known. The work then goes on: a StatusReader that fails must not fail the tasks."""
        if self._task.status_reader_arn is None:
            return None
        request = {"taskId": self._task.task_id, "taskType": self._task.type, "createdAt": self._task.created_at}
        try:
            return self._services.status(self._task.status_reader_arn, request)
        except Exception as error:
            if not self._has_warned:
                logger.warning("status not known, the task goes on: %s error=%s", ids_of(self._task), error_name(error))
            self._has_warned = True
            return None
