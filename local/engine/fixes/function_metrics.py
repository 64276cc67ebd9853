import time

from ministack.services import lambda_svc

from fixes.metrics import record_now


def watch_functions():
    """Publishes the metrics Invocations, Errors, Throttles and Duration for each kind of invocation of a function.

    AWS: each attempt counts, also of asynchronous invocations. A throttled one is no invocation
    (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html). MiniStack publishes metrics of direct invocations
    only. It takes asynchronous ones for successes, and throttled ones for invocations. stream_retries.py publishes IteratorAge.

    Here, Duration includes the wait for a process of the function. Not restored: metrics of versions, of aliases and of all functions
    together, and other metrics.
    """
    acquire = lambda_svc._acquire_execution_slot
    dispatch = lambda_svc._execute_function_dispatch

    def acquire_and_count(func, config):
        slot, limit = acquire(func, config)
        if slot is None:
            _record(config, "Throttles", 1.0)
        return slot, limit

    def dispatch_and_count(func, config, event, request_id, started):
        began = time.time()
        result = dispatch(func, config, event, request_id, started)
        _record(config, "Invocations", 1.0)
        _record(config, "Errors", 1.0 if result.get("error") else 0.0)
        _record(config, "Throttles", 0.0)
        _record(config, "Duration", _milliseconds(time.time() - began), "Milliseconds")
        return result

    lambda_svc._emit_lambda_metrics = lambda *args, **kwargs: None
    lambda_svc._acquire_execution_slot = acquire_and_count
    lambda_svc._execute_function_dispatch = dispatch_and_count


def record_iterator_age(config, created):
    """Publishes the age of the last record of a batch that a function is about to get."""
    _record(config, "IteratorAge", _milliseconds(time.time() - created), "Milliseconds")


def _record(config, name, value, unit="Count"):
    record_now("AWS/Lambda", name, {"FunctionName": config["FunctionName"]}, value, unit)


def _milliseconds(seconds):
    return float(max(round(seconds * 1000), 0))
