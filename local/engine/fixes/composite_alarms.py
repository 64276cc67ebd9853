import json

from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners

TYPE = "AWS::CloudWatch::CompositeAlarm"


def create_composite_alarms():
    """Creates resources of the type AWS::CloudWatch::CompositeAlarm.

    AWS: the state of such an alarm follows from a rule over the states of others. A change of its name replaces it
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-compositealarm.html). MiniStack has
    composite alarms, but refuses the stack. Not restored: the suppression of actions, and tags.
    """
    provisioners._RESOURCE_HANDLERS[TYPE] = {"create": _create, "update": _update, "update_with_logical_id": True, "delete": _delete}


def _create(logical_id, props, stack_name):
    name = props.get("AlarmName") or provisioners._physical_name(stack_name, logical_id, max_len=255)
    alarm = {key: value for key, value in props.items() if key != "Tags"}
    alarm = {**alarm, "AlarmName": name, "ActionsEnabled": str(props.get("ActionsEnabled", True)).lower() == "true"}
    status, _, body = cloudwatch._put_composite_alarm({}, alarm, False, is_json=True)
    if status >= 400:
        raise ValueError(json.loads(body)["message"])
    return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}


def _update(physical_id, old_props, new_props, stack_name, logical_id=None):
    updated = _create(logical_id or physical_id, new_props, stack_name)
    if updated[0] != physical_id:
        provisioners._delete_predecessor(_delete, physical_id, old_props)
    return updated


def _delete(physical_id, props):
    cloudwatch._delete_alarms({}, {"AlarmNames": [physical_id]}, False, is_json=True)
