import json

from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions

from fixes.executions import require_of_machine, track_executions


def check_roles_of_state_machines():
    """Fails a task if the role of the state machine may not do what the task does. Needs AUTH.

    AWS: a state machine acts with the permissions of its role
    (https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html). MiniStack checks nothing. This fix
    checks functions and calls of the AWS SDK. nested_executions.py, put_events_tasks.py, sdk_results.py and run_task_states.py check what
    they run.

    AWS does not document the names of these errors. The AWS SDK for Java gives a denial the name AccessDeniedException if the service
    has such an error, and otherwise the name of all its errors, such as Lambda.AWSLambdaException. Not restored: the trust policy of the
    role, and optimized integrations of other services.
    """
    track_executions()
    call, call_sdk = stepfunctions._call_lambda, stepfunctions._dispatch_aws_sdk_json

    def call_permitted_function(reference, event):
        arn = reference if reference.startswith("arn:") else f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{reference}"
        require_of_machine("Lambda.AWSLambdaException", "lambda:InvokeFunction", arn)
        return call(reference, event)

    def call_permitted_sdk(info, service, action, data):
        _require_sdk_call(info, service, action, data)
        return call_sdk(info, service, action, data)

    stepfunctions._call_lambda, stepfunctions._dispatch_aws_sdk_json = call_permitted_function, call_permitted_sdk


def _require_sdk_call(info, service, action, data):
    key, name = info.get("service_key", service), action[0].upper() + action[1:]
    headers = {"x-amz-target": f"{info['target_prefix']}.{name}"}
    body = json.dumps(stepfunctions._sdk_json_params(info, key, name, data)).encode()
    iam_action = iam_actions.extract_iam_action(key, "POST", "/", headers, body, {})
    # Not imported by its name: ecs_permissions.py replaces it.
    resource = iam_actions.extract_resource_arn(key, "POST", "/", headers, body, {}, get_region(), get_account_id())
    require_of_machine(_denial_name(key, service), iam_action, resource)


def _denial_name(key, service):
    prefix = stepfunctions._AWS_SDK_ERROR_PREFIX.get(service, service.capitalize())
    errors = {shape.name for shape in stepfunctions._service_model(key).error_shapes}
    return f"{prefix}.AccessDeniedException" if "AccessDeniedException" in errors else f"{prefix}.{prefix}Exception"
