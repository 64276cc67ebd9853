import json
import time

from ministack.core.concurrency import spawn_background
from ministack.core.responses import new_uuid, now_iso
from ministack.services import lambda_svc

from fixes.destinations import role_may_send, send_message, send_record
from fixes.request_ids import execute_as

# The pauses between attempts are this many times shorter than on AWS. The age of the event counts them at full length.
SPEEDUP = 300

DEFAULT_RETRIES = 2
DEFAULT_AGE_SECONDS = 6 * 60 * 60


def retry_asynchronous_invokes():
    """Retries asynchronous invocations, and sends their records to the destinations of the function, version or alias.

    AWS: after MaximumRetryAttempts or MaximumEventAgeInSeconds, the record of the invocation goes to `onFailure`. After a success,
    it goes to `onSuccess`. A destination is a queue, a topic, a bus, or a function, which is invoked asynchronously. A dead-letter
    queue gets the event (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html). Lambda sends with the
    rights of the function's role. A throttled attempt does not count.

    MiniStack ignores `onSuccess` and the settings of versions and aliases. Its records lack half of their fields, and it can't send
    them to a bus.

    With this fix, the second attempt comes after 0.2 s and the third after another 0.4 s. AWS waits 1 and 2 minutes. An event that
    would be too old by then on AWS is too old here, too. Not restored: buckets as destinations.
    """
    lambda_svc.invoke_async_with_retry = lambda func, event: spawn_background(
        lambda_svc._run_with_function_config_scope,
        func,
        _invoke,
        func,
        event,
        thread_name="ministack-lambda-async",
    )


def _invoke(func, event):
    config = func.get("config") or func
    arn = config["FunctionArn"]
    settings = _settings(arn)
    request_id = new_uuid()
    condition, attempts, result = _attempt(func, event, request_id, settings)

    record = {
        "version": "1.0",
        "timestamp": now_iso(),
        "requestContext": {
            "requestId": request_id,
            "functionArn": arn if lambda_svc._resolve_name_and_qualifier(arn)[1] else f"{arn}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "executedVersion": config["Version"]},
        "responsePayload": result.get("body"),
    }
    if condition != "Success":
        record["responseContext"]["functionError"] = result.get("function_error") or "Unhandled"
        _send_to_dead_letter_queue(config, event, record)
    destination = (settings.get("DestinationConfig") or {}).get("OnSuccess" if condition == "Success" else "OnFailure") or {}
    if destination.get("Destination"):
        send_record(destination["Destination"], record, config)


def _settings(arn):
    func, _, _ = lambda_svc._get_base_func_record_for_ref(arn)
    _, qualifier = lambda_svc._resolve_name_and_qualifier(arn)
    # CloudFormation calls unqualified "$LATEST".
    qualifiers = [qualifier] if qualifier and qualifier != "$LATEST" else [None, "$LATEST"]
    configured = (lambda_svc._event_invoke_config(func or {}, each) for each in qualifiers)
    return next(filter(None, configured), {})


def _attempt(func, event, request_id, settings):
    """Invokes until an attempt succeeds or no attempt is left. Returns the condition, the number of attempts, and the last result."""
    retries = int(settings.get("MaximumRetryAttempts", DEFAULT_RETRIES))
    time_left = int(settings.get("MaximumEventAgeInSeconds", DEFAULT_AGE_SECONDS))
    failures = throttles = 0
    while True:
        started = time.monotonic()
        result = execute_as(request_id, func, event)
        attempts = failures + throttles + 1
        if not result.get("error"):
            return "Success", attempts, result
        if result.get("throttle"):
            throttles += 1
            wait = min(2**throttles, 300)
        else:
            failures += 1
            wait = 60 * failures
        if failures > retries:
            return "RetriesExhausted", attempts, result
        time_left -= time.monotonic() - started + wait
        if time_left < 0:
            return "EventAgeExceeded", attempts, result
        time.sleep(wait / SPEEDUP)


def _send_to_dead_letter_queue(config, event, record):
    arn = (config.get("DeadLetterConfig") or {}).get("TargetArn")
    if arn and role_may_send(config, arn):
        send_message(
            arn,
            json.dumps(event),
            {
                "RequestID": record["requestContext"]["requestId"],
                "ErrorCode": 200,
                "ErrorMessage": str((record["responsePayload"] or {}).get("errorMessage", ""))[:1024],
            },
        )
