import json

from ministack.core import iam_actions
from ministack.services import ecs

from fixes.ecs_tasks import definition_of

TASK_ACTIONS = ("ecs:StopTask", "ecs:DescribeTasks", "ecs:ListTasks", "ecs:RunTask")


def authorize_tasks_of_ecs():
    """Authorizes RunTask, StopTask, DescribeTasks and ListTasks for their resources, with the condition key `ecs:cluster`.

    AWS: the resource of RunTask is the task definition, that of StopTask and DescribeTasks the task, and that of ListTasks the
    container instances (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html).
    MiniStack authorizes all of them for the cluster, without the key. Needs AUTH.

    Not restored: DescribeTasks of several tasks is authorized for the first one only.
    """
    resource_of, context_of = iam_actions.extract_resource_arn, iam_actions.request_tag_context

    def resource_of_task(service, method, path, headers, body, query_params, region, account_id):
        arn = _resource(_action(headers), body, region, account_id) if service == "ecs" else None
        return arn or resource_of(service, method, path, headers, body, query_params, region, account_id)

    def context_with_cluster(service, iam_action, body, params):
        context = context_of(service, iam_action, body, params)
        if iam_action in TASK_ACTIONS:
            cluster = ecs._clusters.get(ecs._resolve_cluster_name(json.loads(body or b"{}").get("cluster")), {})
            context["ecs:cluster"] = cluster.get("clusterArn")
        return context

    iam_actions.extract_resource_arn, iam_actions.request_tag_context = resource_of_task, context_with_cluster


def _action(headers):
    return f"ecs:{headers.get('x-amz-target', '').rpartition('.')[2]}"


def _resource(action, body, region, account_id):
    data = json.loads(body or b"{}") if action in TASK_ACTIONS else {}
    if action == "ecs:RunTask":
        return (definition_of(data) or {}).get("taskDefinitionArn")
    if action == "ecs:ListTasks":
        return f"arn:aws:ecs:{region}:{account_id}:container-instance/{ecs._resolve_cluster_name(data.get('cluster'))}/*"
    task = data.get("task") or next(iter(data.get("tasks", [])), None)
    if not task or task.startswith("arn:"):
        return task
    return f"arn:aws:ecs:{region}:{account_id}:task/{ecs._resolve_cluster_name(data.get('cluster'))}/{task}"
