"""Uses the client that openapi-python-client makes."""

import sys

from payloads import Client
from payloads.api.tasks import create_task, get_task
from payloads.models import CreateTaskExport, PayloadExport, PayloadExportFilter, PayloadExportFilterOperator, Task, TaskStatus


def export_table(api_url: str, table: str) -> None:
    client = Client(base_url=api_url)
    condition = PayloadExportFilter(column="id", operator=PayloadExportFilterOperator.VALUE_2, value=1)
    request = CreateTaskExport(type_="export", payload=PayloadExport(table=table, filter_=condition))
    created = create_task.sync(client=client, body=request, x_task_owner="ann", idempotency_key=table)
    assert isinstance(created, Task) and created.status is TaskStatus.PENDING
    task = get_task.sync(created.task_id, client=client, x_task_owner="ann")
    assert isinstance(task, Task) and task.status is TaskStatus.SUCCESSFUL


export_table(*sys.argv[1:])
