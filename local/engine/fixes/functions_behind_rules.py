import json

from ministack.services import eventbridge

from fixes.destinations import invoke_function


def invoke_functions_of_rules_asynchronously():
    """Has a rule invoke its functions as anybody does who doesn't wait for them: with retries and destinations.

    AWS: EventBridge invokes functions asynchronously
    (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html, …/eventbridge/latest/userguide/eb-targets.html). As
    installed, a function behind a rule, or a schedule, is invoked once, and what comes of it is lost.
    """
    eventbridge._dispatch_to_lambda = lambda arn, payload: invoke_function(arn, json.loads(payload))
