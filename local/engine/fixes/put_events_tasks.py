import json

from ministack.core.iam_actions import eventbridge_resource_arns
from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions

from fixes.executions import current_execution, require_of_machine, track_executions

RESOURCE = "arn:aws:states:::events:putEvents"


def fail_tasks_with_refused_entries():
    """Fails a task `events:putEvents` if EventBridge refuses an entry, and sends a Detail that is an object as JSON.

    AWS: a FailedEntryCount other than 0 fails the task with EventBridge.FailedEntry. Detail can be an object. The ARNs of the execution
    and of its state machine are appended to Resources (https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html).
    The role needs events:PutEvents for each bus. In MiniStack, such a task succeeds, Resources is what the task says, and the role needs no
    permissions.

    AWS does not document the name of the error for missing permissions. Here it is EventBridge.AmazonEventBridgeException, by analogy with
    those of other services.
    """
    track_executions()
    put = stepfunctions._SERVICE_DISPATCH[RESOURCE]

    def put_or_fail(resource, data):
        entries = [_sent(entry) for entry in data.get("Entries", [])]
        _require_permissions(entries)
        try:
            result = put(resource, {**data, "Entries": entries})
        except stepfunctions._ExecutionError as refusal:
            raise stepfunctions._ExecutionError(f"EventBridge.{refusal.error.rpartition('.')[2]}", refusal.cause) from None
        if result["FailedEntryCount"]:
            raise stepfunctions._ExecutionError("EventBridge.FailedEntry", json.dumps(result))
        return result

    stepfunctions._SERVICE_DISPATCH[RESOURCE] = put_or_fail


def _sent(entry):
    execution, detail = current_execution(), entry.get("Detail")
    resources = [*entry.get("Resources", []), execution["executionArn"], execution["stateMachineArn"]]
    return {**entry, "Resources": resources, "Detail": json.dumps(detail) if isinstance(detail, dict) else detail}


def _require_permissions(entries):
    sources = [entry["Source"] for entry in entries if "Source" in entry]
    types = [entry["DetailType"] for entry in entries if "DetailType" in entry]
    keys = {"events:source": sources or None, "events:detail-type": types or None}
    for bus in eventbridge_resource_arns(json.dumps({"Entries": entries}).encode(), get_region(), get_account_id()):
        require_of_machine("EventBridge.AmazonEventBridgeException", "events:PutEvents", bus, keys)
