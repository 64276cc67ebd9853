from ministack.services import cloudwatch

from fixes.metrics import lock


def write_metrics_safely():
    """Keeps all values of metrics that several functions write at the same time.

    AWS: CloudWatch stores the values of all requests
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html). MiniStack stores values and removes old ones
    without a lock, so a value can get lost when another thread writes the same metric or a request reads.
    """
    cloudwatch._evict_old_metrics = _locked(cloudwatch._evict_old_metrics)
    cloudwatch._store_datum = _locked(cloudwatch._store_datum)


def _locked(change):
    def change_alone(*args, **kwargs):
        with lock:
            return change(*args, **kwargs)

    return change_alone
