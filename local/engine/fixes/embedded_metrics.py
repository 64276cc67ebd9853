import json

from ministack.services import lambda_svc

from fixes.metrics import logger, record

MAX_VALUES = 100
MAX_METRICS = 100
MAX_DIMENSIONS = 30


def take_metrics_from_logs():
    """Turns documents in the embedded metric format, in the logs of functions, into metrics.

    AWS: a log event that is a JSON object with the member `_aws` is such a document. Lambda may put text before it. Each directive has a
    namespace, sets of dimensions, and metrics with units. Their values are members of the object, a number or up to 100 numbers
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html). An object
    inside another one, such as the `message` of a log in JSON, is no document. MiniStack takes no metrics from logs.

    The documentation does not say if CloudWatch takes the valid metrics of a document that has an error. Here it takes none, and the log
    of the engine has the reason. Not restored: documents in other logs, such as those of containers; units and storage resolutions are
    not checked.
    """
    emit = lambda_svc._emit_lambda_logs

    def emit_and_take(func, request_id, log_text, *args, **kwargs):
        emit(func, request_id, log_text, *args, **kwargs)
        for line in (log_text or "").splitlines():
            if '"_aws"' in line:
                _take(line)

    lambda_svc._emit_lambda_logs = emit_and_take


def _take(line):
    try:
        document = json.loads(line[line.find("{") :])
        if not isinstance(document, dict) or "_aws" not in document:
            return
        metrics = list(_metrics(document))
    except (KeyError, TypeError, ValueError) as error:
        logger.warning("ignored a document in the embedded metric format (%s: %s): %s", type(error).__name__, error, line)
        return
    for metric in metrics:
        record(*metric)


def _metrics(document):
    at = document["_aws"]["Timestamp"] / 1000
    for directive in document["_aws"]["CloudWatchMetrics"]:
        _check(isinstance(directive["Namespace"], str) and directive["Namespace"], "a namespace that is no text")
        _check(len(directive["Metrics"]) <= MAX_METRICS, f"more than {MAX_METRICS} metrics")
        for names in directive["Dimensions"]:
            _check(isinstance(names, list) and len(names) <= MAX_DIMENSIONS, f"no list of at most {MAX_DIMENSIONS} dimensions: {names}")
            dimensions = {name: document[name] for name in names}
            _check(all(isinstance(value, str) and value for value in dimensions.values()), f"a dimension that is no text: {dimensions}")
            for metric in directive["Metrics"]:
                values = document[metric["Name"]]
                values = values if isinstance(values, list) else [values]
                _check(len(values) <= MAX_VALUES and all(map(_is_number, values)), f"not at most {MAX_VALUES} numbers: {values}")
                yield directive["Namespace"], metric["Name"], dimensions, values, metric.get("Unit", "None"), at


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _check(is_valid, problem):
    if not is_valid:
        raise ValueError(problem)
