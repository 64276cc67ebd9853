import json

from ministack import app
from ministack.core import iam_evaluator
from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, lambda_svc, sns, sqs

from fixes.destinations import logger, send_message

SENDER = "events.amazonaws.com"


def keep_undelivered_events():
    """Sends events that a rule can't deliver to its function, queue or topic to the dead-letter queue of the target.

    AWS: if the target does not exist, or does not allow the rule to send (checked with AUTH only), the event goes to the queue at
    once, without the retries of the RetryPolicy. The attributes of the message say why
    (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html). The policy of the queue must allow EventBridge to
    send. MiniStack loses such an event, and its functions and queues accept events from all rules.

    Nothing fails temporarily here, so RetryPolicy has no effect. Not restored: targets of other kinds, and those of schedules.
    """
    invoke_target = eventbridge._invoke_target

    def invoke_or_keep(target, event, rule, view=None):
        problem = _problem(target.get("Arn"), rule.get("Arn"))
        if problem:
            _keep(target, event, rule, problem)
        else:
            invoke_target(target, event, rule, view)

    eventbridge._invoke_target = invoke_or_keep


def _problem(target, rule):
    """Returns the code and the message of the error that AWS would report, or None."""
    try:
        service, rule_service = parse_arn(target).service, parse_arn(rule).service
    except ArnParseError:
        return None
    if rule_service != "events" or service not in CHECKS:
        return None
    exists, allows = CHECKS[service]
    if not exists(target):
        return "NO_RESOURCE", f"The target {target} does not exist"
    if not allows(target, SENDER, rule, get_account_id()):
        return "NO_PERMISSIONS", f"{SENDER} is not authorized to send events of {rule} to {target}"
    return None


def _function_policy_allows(function, service, source_arn, source_account):
    if not app.AUTH:
        return True
    policy, _ = lambda_svc.function_policy_for_arn(function)
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=function,
        region=get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": source_account},
    )
    return iam_evaluator.evaluate_resource_policy(policy, context, service=service).decision == "Allow"


CHECKS = {
    "lambda": (lambda arn: lambda_svc._get_func_record_for_ref(arn)[0], _function_policy_allows),
    "sqs": (sqs._queue_by_arn, sqs.queue_policy_allows),
    "sns": (sns._topic_by_arn_any_scope, sns.topic_policy_allows),
}


def _keep(target, event, rule, problem):
    code, message = problem
    logger.warning("could not deliver an event: %s", message)
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue:
        return
    if not sqs.queue_policy_allows(queue, SENDER, rule["Arn"], get_account_id()):
        logger.warning("%s does not allow %s to send", queue, rule["Arn"])
        return
    send_message(
        queue,
        json.dumps(eventbridge._pattern_event_view(event).event_with_detail()),
        {
            "RULE_ARN": rule["Arn"],
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": code,
            "ERROR_MESSAGE": message,
            "RETRY_ATTEMPTS": "0",
        },
    )
