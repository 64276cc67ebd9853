"""An app that is larger than an example. Its versions in TypeScript and Java synthesize the same templates."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from cdk_task_manager import TaskManager, TaskProcessor


def a_function(stack: cdk.Stack, id: str) -> lambda_.Function:
    return lambda_.Function(
        stack,
        id,
        code=lambda_.Code.from_inline("exports.handler = async () => {}"),
        handler="index.handler",
        runtime=lambda_.Runtime.NODEJS_24_X,
        timeout=cdk.Duration.minutes(5),
    )


app = cdk.App()

orders = cdk.Stack(app, "Orders")
order_tasks = TaskManager(orders, "Tasks")
worker = a_function(orders, "Worker")
for i in range(1, 101):
    TaskProcessor(orders, f"Processor{i}", task_manager=order_tasks, task_type=f"type-{i}", handler=worker)

reports = cdk.Stack(app, "Reports")
report_tasks = TaskManager(reports, "Tasks", task_timeout=cdk.Duration.hours(1))
for i in range(1, 41):
    handler = a_function(reports, f"Function{i}")
    TaskProcessor(reports, f"Processor{i}", task_manager=report_tasks, task_type=f"type-{i}", handler=handler)

partner = cdk.Stack(app, "Partner")
imported_tasks = TaskManager.from_task_manager_attributes(
    partner,
    "Tasks",
    event_bus_arn=f"arn:aws:events:{partner.region}:{partner.account}:event-bus/legacy",
    event_source="task-manager.Legacy.Tasks-1a2b3c4d",
    undelivered_queue_arn=f"arn:aws:sqs:{partner.region}:{partner.account}:legacy-undelivered",
)
importer = a_function(partner, "Importer")
TaskProcessor(partner, "Import", task_manager=imported_tasks, task_type="import", handler=importer)

app.synth()
