import threading
import time

from ministack.core.responses import request_scope
from ministack.services import sqs

from fixes.metrics import PERIOD_SCALE, logger, record_now

TICK_SECONDS = 0.5
PUBLISH_SECONDS = 60 * PERIOD_SCALE


def watch_queues():
    """Publishes the numbers of visible, delayed and received messages of each queue, and the age of the oldest one.

    AWS: once a minute (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html).
    MiniStack publishes no metrics of queues. So that tests are fast, the numbers are published here also soon after they change. The
    option that makes the periods of alarms shorter applies to the minute. Not restored: numbers of sent, received and deleted messages,
    and queues that AWS takes for inactive.
    """
    threading.Thread(target=_watch_always, name="queue-metrics", daemon=True).start()


def _watch_always():
    published = {}
    while True:
        time.sleep(TICK_SECONDS)
        now = time.time()
        queues = dict(sqs._queues.to_dict())
        published = {key: value for key, value in published.items() if key in queues}
        for key, queue in queues.items():
            try:
                counts = _counts(queue, now)
                last_counts, last_time = published.get(key, (None, 0.0))
                if counts != last_counts or now - last_time >= PUBLISH_SECONDS:
                    published[key] = counts, now
                    with request_scope(*key[:2]):
                        _publish(queue, counts, now)
            except Exception:
                logger.exception("could not publish the metrics of a queue")


def _counts(queue, now):
    messages = list(queue["messages"])
    visible = sum(message["visible_at"] <= now for message in messages)
    delayed = sum(message["visible_at"] > now and not message["receive_count"] for message in messages)
    return visible, delayed, len(messages) - visible - delayed


def _publish(queue, counts, now):
    dimensions = {"QueueName": queue["name"]}
    for state, count in zip(("Visible", "Delayed", "NotVisible"), counts, strict=True):
        record_now("AWS/SQS", f"ApproximateNumberOfMessages{state}", dimensions, float(count), "Count")
    age = max((now - message["sent_at"] for message in list(queue["messages"])), default=0.0)
    record_now("AWS/SQS", "ApproximateAgeOfOldestMessage", dimensions, float(int(age)), "Seconds")
