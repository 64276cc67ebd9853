"""Sends to queues, topics, functions and buses, with the rights of a function's role or of a service. Some fixes use it."""

import json
import logging
import time

from ministack.core.arn import parse_arn
from ministack.core.concurrency import esm_wake
from ministack.core.lambda_runtime import execution_credentials
from ministack.core.responses import new_uuid
from ministack.services import eventbridge, lambda_svc, sns, sqs

from fixes.roles import denial

logger = logging.getLogger("destinations")

ACTIONS = {"events": "events:PutEvents", "lambda": "lambda:InvokeFunction", "sns": "sns:Publish", "sqs": "sqs:SendMessage"}


def send_record(destination, record, config):
    """Sends the record of an invocation to its destination. As on AWS, a record that can't be sent is lost. The log says so."""
    try:
        if role_may_send(config, destination):
            SENDERS[parse_arn(destination).service](destination, record)
        else:
            logger.warning("%s: its role may not send to %s", config["FunctionName"], destination)
    except Exception:
        logger.exception("%s: could not send to %s", config["FunctionName"], destination)


def send_message(arn, body, attributes=None):
    """Sends a message to a queue or a topic. Its attributes are texts or numbers."""
    attributes = {
        name: {"DataType": "Number" if isinstance(value, int) else "String", "StringValue": str(value)}
        for name, value in (attributes or {}).items()
    }
    if parse_arn(arn).service == "sns":
        found = sns.publish_internal(arn, body, message_attributes=attributes)
    else:
        found = sqs._queue_by_arn(arn)
        if found:
            _enqueue(found, body, attributes)
    if not found:
        logger.warning("queue or topic %s does not exist", arn)


def _enqueue(queue, body, attributes):
    message = {
        "id": new_uuid(),
        "body": body,
        "message_attributes": attributes,
        "md5_attrs": sqs._md5_msg_attrs(attributes),
        "visible_at": time.time() + sqs.queue_delay(queue),
    }
    sqs._ensure_msg_fields(message)
    queue["messages"].append(message)
    esm_wake.set()


def invoke_function(arn, event):
    """Invokes a function asynchronously. The ARN can name a version or an alias."""
    func, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if not func:
        logger.warning("function %s does not exist", arn)
        return
    # Settings of an alias are found by its ARN, which the record of its version does not have.
    invoked = lambda_svc._execution_record_for_config(func, {**config, "FunctionArn": arn})
    lambda_svc.invoke_async_with_retry(invoked, event)


def _put_event(bus, record):
    succeeded = record["requestContext"]["condition"] == "Success"
    eventbridge._put_events(
        {
            "Entries": [
                {
                    "EventBusName": bus,
                    "Source": "lambda",
                    "DetailType": f"Lambda Function Invocation Result - {'Success' if succeeded else 'Failure'}",
                    "Detail": json.dumps(record),
                    "Resources": [bus, record["requestContext"]["functionArn"]],
                }
            ]
        }
    )


def _send_json(arn, record):
    send_message(arn, json.dumps(record))


SENDERS = {"events": _put_event, "lambda": invoke_function, "sns": _send_json, "sqs": _send_json}


def role_may_send(config, destination):
    """Returns whether the policies of a function's role, and that of the destination, allow sending. Always true without AUTH."""
    action = ACTIONS.get(parse_arn(destination).service, "")
    return not denial(execution_credentials(config)["AWS_ACCESS_KEY_ID"], action, destination)
