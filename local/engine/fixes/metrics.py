"""Reads and writes metrics of CloudWatch."""

import logging
import os
import threading
import time

from ministack.services import cloudwatch

PERIOD_SCALE = float(os.environ["ALARM_PERIOD_SCALE"])

STATISTICS = {"Average", "Maximum", "Minimum", "SampleCount", "Sum"}

logger = logging.getLogger("metrics")

# Held while stored values change.
lock = threading.Lock()


def record(namespace, name, dimensions, values, unit="None", at=None):
    """Stores values of the metric that has exactly these dimensions."""
    cloudwatch._store_datum(namespace, name, dimensions, at or time.time(), unit, None, values, None, None)
    cloudwatch._evaluate_all_alarms()


def record_now(namespace, name, dimensions, value, unit):
    """Stores a value of now. Equal values of the same second share an entry, so that they need little memory."""
    now = time.time()
    with lock:
        bucket = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dimensions)))
        last = bucket[-1] if bucket else {}
        if "Count" in last and last["Value"] == value and int(last["Timestamp"]) == int(now):
            last["Count"] += 1
        else:
            bucket.append({"Timestamp": now, "Unit": unit, "Dimensions": dimensions, "Value": value, "Count": 1.0})
    cloudwatch._evaluate_all_alarms()


def is_known_statistic(statistic):
    return statistic in STATISTICS or cloudwatch._is_percentile_stat(statistic)


def read_periods(metric, statistic, period, count, unit=None):
    """Returns the statistic of a metric in the last periods, from the oldest to the current one. It is None without data."""
    length = period * PERIOD_SCALE
    current = time.time() // length
    periods = [[] for _ in range(count)]
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(metric.get("Dimensions") or []))
    for point in list(cloudwatch._metrics.get((metric["Namespace"], metric["MetricName"], dimensions), ())):
        age = int(current - point["Timestamp"] // length)
        if 0 <= age < count and unit in (None, point["Unit"]):
            periods[count - 1 - age].append(point)
    return tuple(cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points) if points else None for points in periods)
