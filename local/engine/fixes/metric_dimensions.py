from ministack.services import cloudwatch


def read_metrics_by_all_dimensions():
    """Returns the data of the metric without dimensions if GetMetricStatistics or GetMetricData asks for no dimensions.

    AWS: each set of dimensions is a metric of its own, and so is the empty one
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html). MiniStack merges all metrics of the name.
    """
    read = cloudwatch._dims_from_list
    cloudwatch._dims_from_list = lambda dimensions: _Dimensions(read(dimensions))


class _Dimensions(dict):
    def __bool__(self):
        # MiniStack takes what is false for "any dimensions".
        return True
