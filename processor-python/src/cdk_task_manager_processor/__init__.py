"""Runs the work of a task of a cdk-task-manager, and reports for it."""

from ._context import LambdaContext
from ._task import Task
from ._task_processor import Handler, Work, task_processor
from ._upload import UploadBody
from .errors import OutOfTime, TaskEnded, TaskFailure

__all__ = ["Handler", "LambdaContext", "OutOfTime", "Task", "TaskEnded", "TaskFailure", "UploadBody", "Work", "task_processor"]
