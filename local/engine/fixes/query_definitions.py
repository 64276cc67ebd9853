import json

from ministack.core.responses import AccountRegionScopedDict, json_response, new_uuid
from ministack.services import cloudwatch_logs
from ministack.services.cloudformation import provisioners

TYPE = "AWS::Logs::QueryDefinition"

_definitions = AccountRegionScopedDict()


def keep_query_definitions():
    """Creates resources of the type AWS::Logs::QueryDefinition, and returns them from DescribeQueryDefinitions.

    AWS: such a resource is a saved query of Logs Insights
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-querydefinition.html). MiniStack refuses the
    stack. Nothing checks or runs the query. Not restored: PutQueryDefinition and DeleteQueryDefinition, and pages of results.
    """
    provisioners._RESOURCE_HANDLERS[TYPE] = {"create": _create, "update": _update, "delete": _delete}
    handle = cloudwatch_logs.handle_request

    async def handle_or_describe(method, path, headers, body, query_params):
        if headers.get("x-amz-target", "").endswith(".DescribeQueryDefinitions"):
            return _describe(json.loads(body or "{}"))
        return await handle(method, path, headers, body, query_params)

    cloudwatch_logs.handle_request = handle_or_describe


def _create(logical_id, props, stack_name):
    return _update(new_uuid(), None, props, stack_name)


def _update(physical_id, old_props, new_props, stack_name):
    _definitions[physical_id] = {
        "queryDefinitionId": physical_id,
        "name": new_props["Name"],
        "queryString": new_props["QueryString"],
        "logGroupNames": new_props.get("LogGroupNames", []),
    }
    return physical_id, {"QueryDefinitionId": physical_id}


def _delete(physical_id, props):
    _definitions.pop(physical_id, None)


def _describe(request):
    prefix = request.get("queryDefinitionNamePrefix", "")
    return json_response({"queryDefinitions": [each for each in _definitions.values() if each["name"].startswith(prefix)]})
