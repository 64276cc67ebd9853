"""Uses the client that openapi-generator makes for Python."""

import sys

from payloads import ApiClient, Configuration, CreateTask, CreateTaskExport, PayloadExport, PayloadExportFilter, TasksApi, TaskStatus
from payloads import PayloadExportFilterValue as Value


def export_table(api_url: str, table: str) -> None:
    tasks = TasksApi(ApiClient(Configuration(host=api_url)))
    payload = PayloadExport(table=table, filter=PayloadExportFilter(column="id", operator=">", value=Value(1)))
    created = tasks.create_task("ann", CreateTask(CreateTaskExport(type="export", payload=payload)), idempotency_key=table)
    assert created.status is TaskStatus.PENDING
    assert tasks.get_task("ann", created.task_id).status is TaskStatus.SUCCESSFUL


export_table(*sys.argv[1:])
