from ministack.services.cloudformation import provisioners


def take_alarms_with_metric_math():
    """Creates alarms that have the property `Metrics`: an expression, or a metric with a label or of another account.

    AWS: such an alarm has no `MetricName`, and watches the metric or the expression whose ReturnData is true
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html). MiniStack refuses the
    stack. Not restored: `Metrics` of PutMetricAlarm, and metrics of other accounts.
    """
    record_of = provisioners._cw_metric_alarm_record

    def record_with_metrics(name, props):
        if not props.get("Metrics"):
            return record_of(name, props)
        watched = {"MetricName": "Metrics", "Namespace": "Metrics"}
        record = record_of(name, {**{key: value for key, value in props.items() if key != "Metrics"}, **watched})
        single_metric = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit")
        return {**{key: value for key, value in record.items() if key not in single_metric}, "Metrics": props["Metrics"]}

    provisioners._cw_metric_alarm_record = record_with_metrics
