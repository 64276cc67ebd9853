import threading
import time

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from fixes.metric_math import Unsupported, evaluate
from fixes.metrics import PERIOD_SCALE, is_known_statistic, logger, read_periods

TICK_SECONDS = 1.0
PAUSE_SECONDS = 0.05

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}

_changed = threading.Event()
_problems = {}


def evaluate_alarms():
    """Evaluates alarms by their dimensions, statistic, periods, data points to alarm, treatment of missing data, and metric math.

    AWS: an alarm watches one metric, which has exactly these dimensions, or an expression. It goes to ALARM if enough of the last
    periods are breaching. A period without data counts as TreatMissingData says. Without any data, the alarm is in INSUFFICIENT_DATA by
    default (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html, …/alarms-and-missing-data.html,
    …/using-metric-math.html). MiniStack merges all metrics of a name, all data of all evaluation periods, and never evaluates without
    new data.

    So that tests are fast, an alarm is evaluated at once after new data, and every second. The data of a period count before it has
    ended: an alarm for low values can go to ALARM too soon. A period without data counts when it has ended. ALARM_PERIOD_SCALE makes
    the periods of alarms shorter. AWS looks further back than the evaluation periods if data are missing; it does not document how far.
    Here it does not. The documentation does not say if functions such as SUM skip missing values of an array; here they do.

    Restored of metric math: numbers, IDs, arrays, + - * /, comparisons, AND, OR, parentheses, and the functions AVG, FILL, IF, MAX,
    METRICS, MIN and SUM. AWS refuses an alarm with another function. Here it stays in INSUFFICIENT_DATA, and the log of the engine has
    the reason. Not restored: trimmed statistics, anomaly detection, actions other than topics.
    """
    record_metric = cloudwatch.record_metric

    def record_and_evaluate(*args, **kwargs):
        record_metric(*args, **kwargs)
        _changed.set()

    cloudwatch.record_metric = record_and_evaluate
    cloudwatch._evaluate_alarm = lambda alarm: _changed.set()
    cloudwatch._evaluate_all_alarms = _changed.set
    threading.Thread(target=_evaluate_always, name="alarms", daemon=True).start()


def _evaluate_always():
    """Evaluates the alarms. Only this thread does it, so an alarm runs its actions once."""
    while True:
        _changed.wait(min(TICK_SECONDS, 60 * PERIOD_SCALE))
        _changed.clear()
        for account, region in {(account, region) for account, region, _ in cloudwatch._alarms.to_dict()}:
            with request_scope(account, region):
                for alarm in cloudwatch._alarms.values():
                    try:
                        _evaluate(alarm)
                    except Exception as error:
                        _give_up(alarm, error)
        time.sleep(PAUSE_SECONDS)


def _give_up(alarm, error):
    problem = f"{type(error).__name__}: {error}"
    if _problems.get(alarm["AlarmArn"]) != problem:
        _problems[alarm["AlarmArn"]] = problem
        logger.warning("can't evaluate alarm %s: %s", alarm["AlarmName"], problem, exc_info=not isinstance(error, Unsupported))
    _change(alarm, "INSUFFICIENT_DATA", problem)


def _evaluate(alarm):
    if alarm["ComparisonOperator"] not in COMPARISONS:
        raise Unsupported(alarm["ComparisonOperator"])
    values = _values(alarm)
    # The current period counts if it has data.
    values = values[1:] if values[-1] is not None else values[:-1]
    breaches = COMPARISONS[alarm["ComparisonOperator"]]
    points = [None if value is None else breaches(value, alarm["Threshold"]) for value in values]
    needed = alarm.get("DatapointsToAlarm") or len(points)
    state = _next_state(points, needed, alarm.get("TreatMissingData", "missing"), alarm["StateValue"])
    shown = ", ".join("missing" if value is None else f"{value:g}" for value in values)
    _change(alarm, state, f"Threshold Crossed: {alarm['ComparisonOperator']} {alarm['Threshold']:g}, the oldest first: {shown}")


def _values(alarm):
    """Returns the values of an alarm in its evaluation periods and the one before, the oldest first."""
    count = alarm["EvaluationPeriods"] + 1
    if not alarm.get("Metrics"):
        statistic = alarm.get("ExtendedStatistic") or alarm["Statistic"]
        return _read(alarm, statistic, alarm["Period"], count, alarm.get("Unit"))

    queries = {query["Id"]: query for query in alarm["Metrics"]}
    ids = [name for name, query in queries.items() if query.get("MetricStat")]
    returned = [name for name, query in queries.items() if str(query.get("ReturnData", True)).lower() == "true"]

    def series_of(name, *outer):
        if name not in queries or name in outer:
            raise Unsupported(f"unknown: {name}")
        query = queries[name]
        metric = query.get("MetricStat")
        if metric:
            return _read(metric["Metric"], metric["Stat"], int(metric["Period"]), count, metric.get("Unit"))
        return evaluate(query["Expression"], lambda inner: series_of(inner, *outer, name), ids, count)

    if len(returned) != 1:
        raise Unsupported(f"needs one metric with ReturnData, found {len(returned)}")
    values = series_of(returned[0])
    if not isinstance(values, tuple):
        raise Unsupported(f"needs a time series, and {returned[0]} is none")
    return values


def _read(metric, statistic, period, count, unit):
    if not is_known_statistic(statistic):
        raise Unsupported(f"statistic {statistic}")
    return read_periods(metric, statistic, period, count, unit)


def _next_state(points, needed, missing_data, current):
    """Returns the state for points that are breaching (True), not breaching (False) or missing (None), the oldest first."""
    present = [point for point in points if point is not None]
    if missing_data in ("breaching", "notBreaching"):
        points = [missing_data == "breaching" if point is None else point for point in points]
    elif not present:
        return "INSUFFICIENT_DATA" if missing_data == "missing" else current
    if points.count(True) >= needed:
        return "ALARM"
    if False not in points and len(points) - points.index(True) >= needed:
        # The documentation: such an alarm has waited long enough for data that are not breaching.
        return "ALARM" if missing_data == "missing" else current
    return "OK"


def _change(alarm, state, reason):
    if state == alarm["StateValue"] or cloudwatch._alarms.get(alarm["AlarmName"]) is not alarm:
        return
    previous = alarm["StateValue"]
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    cloudwatch._record_history(alarm["AlarmName"], previous, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, previous, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)
