import json

from ministack.services import eventbridge

from fixes.destinations import invoke_function


def invoke_functions_of_rules_asynchronously():
    """Invokes the functions of rules asynchronously, with retries and destinations.

    AWS: EventBridge invokes functions asynchronously (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html,
    …/eventbridge/latest/userguide/eb-targets.html). MiniStack invokes the function of a rule or a schedule once, and ignores the
    outcome.
    """
    eventbridge._dispatch_to_lambda = lambda arn, payload: invoke_function(arn, json.loads(payload))
