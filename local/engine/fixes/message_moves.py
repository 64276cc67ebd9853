import asyncio
import base64
import contextvars
import json
import time
import uuid

from ministack.core import iam_actions
from ministack.core.responses import AccountRegionScopedDict
from ministack.core.router import extract_access_key_id
from ministack.services import sqs

from fixes.roles import denial

_access_key = contextvars.ContextVar("access_key", default="")
# The tasks of each dead-letter queue, the newest first.
_tasks = AccountRegionScopedDict()
_running = set()


def move_messages():
    """Moves messages from a dead-letter queue to another queue: StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask.

    AWS: a task moves the messages that are in the queue when it starts, each as a new message, to a queue or to those that they came
    from (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html). It refuses a queue that
    is no dead-letter queue of another one. Its caller needs permissions for both queues
    (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html). MiniStack has none of
    these actions, nor ListDeadLetterSourceQueues.

    Not restored: FIFO queues, which are refused; requests of the query protocol; permissions that are taken away while a task runs. A
    task without a destination needs SendMessage for all queues that feed the source. AWS does not document when it checks this.
    """
    handle, resource_of = sqs.handle_request, iam_actions.extract_resource_arn

    async def handle_with_access_key(method, path, headers, body, query_params):
        _access_key.set(extract_access_key_id(headers, query_params))
        return await handle(method, path, headers, body, query_params)

    def resource_of_move(service, method, path, headers, body, query_params, region, account_id):
        arn = _source_of(headers, body) if service == "sqs" else None
        return arn or resource_of(service, method, path, headers, body, query_params, region, account_id)

    sqs.handle_request, iam_actions.extract_resource_arn = handle_with_access_key, resource_of_move
    sqs._HANDLERS.update(
        {
            "StartMessageMoveTask": _start,
            "ListMessageMoveTasks": _list,
            "CancelMessageMoveTask": _cancel,
            "ListDeadLetterSourceQueues": _list_sources,
        }
    )


def _source_of(headers, body):
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    if action in ("StartMessageMoveTask", "ListMessageMoveTasks"):
        return json.loads(body or b"{}").get("SourceArn")
    if action == "CancelMessageMoveTask":
        return _source_of_handle(json.loads(body or b"{}").get("TaskHandle"))
    return None


def _source_of_handle(handle):
    try:
        return json.loads(base64.b64decode(handle or "", validate=True))["sourceArn"]
    except (ValueError, KeyError, TypeError):
        return None


async def _start(data, _url):
    source_arn, destination_arn, rate = (data.get(name) for name in ("SourceArn", "DestinationArn", "MaxNumberOfMessagesPerSecond"))
    source = _queue("SourceArn", source_arn)
    feeding = _feeding_queues(source_arn)
    if not feeding:
        raise sqs._Err("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    if source_arn == destination_arn:
        raise sqs._Err("InvalidParameterValue", "Source queue arn and destination queue arn cannot be the same.")
    if rate is not None and not 1 <= rate <= 500:
        raise sqs._Err("InvalidParameterValue", f"Value {rate} for parameter MaxNumberOfMessagesPerSecond is invalid.")
    destinations = [_queue("DestinationArn", destination_arn)] if destination_arn else feeding
    if source["is_fifo"] or any(queue["is_fifo"] for queue in destinations):
        raise sqs._Err("UnsupportedOperation", "The local engine moves no messages of FIFO queues.")
    _require(("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"), source)
    for queue in destinations:
        _require(("sqs:SendMessage",), queue)
    tasks = _tasks.setdefault(source_arn, [])
    if tasks and tasks[0]["Status"] == "RUNNING":
        raise sqs._Err(
            "InvalidParameterValue",
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        )
    handle = {"taskId": str(uuid.uuid4()), "sourceArn": source_arn}
    now = time.time()
    task = {
        "TaskHandle": base64.b64encode(json.dumps(handle).encode()).decode(),
        "Status": "RUNNING",
        "SourceArn": source_arn,
        "ApproximateNumberOfMessagesMoved": 0,
        "ApproximateNumberOfMessagesToMove": sum(message["visible_at"] <= now for message in source["messages"]),
        "StartedTimestamp": int(now * 1000),
    }
    if destination_arn:
        task["DestinationArn"] = destination_arn
    if rate:
        task["MaxNumberOfMessagesPerSecond"] = rate
    tasks.insert(0, task)
    # On the loop of the requests, so that no request changes the queues at the same time.
    running = asyncio.create_task(_run(task))
    _running.add(running)
    running.add_done_callback(_running.discard)
    return {"TaskHandle": task["TaskHandle"]}


async def _run(task):
    try:
        for _ in range(task["ApproximateNumberOfMessagesToMove"]):
            await asyncio.sleep(1 / task.get("MaxNumberOfMessagesPerSecond", 500))
            if task["Status"] != "RUNNING" or not _move_next(task):
                break
    except sqs._Err as error:
        task["Status"], task["FailureReason"] = "FAILED", sqs._QUERY_COMPAT_CODES.get(error.code, error.code)
    if task["Status"] == "RUNNING":
        task["Status"] = "COMPLETED"


def _move_next(task):
    """Moves the oldest message that nobody has received. Returns whether there was one."""
    source = _existing(task["SourceArn"])
    with sqs._queues_lock:
        sqs._expire_retained(source)
        message = next((message for message in source["messages"] if message["visible_at"] <= time.time()), None)
        if not message:
            return False
        destination = _existing(task.get("DestinationArn") or _origin(message))
        sent = {"MessageBody": message["body"], "MessageAttributes": message["message_attributes"], "MessageGroupId": message["group_id"]}
        sqs._act_send_message(sent, destination["url"])
        source["messages"].remove(message)
    task["ApproximateNumberOfMessagesMoved"] += 1
    return True


def _origin(message):
    arn = message["sys"].get("DeadLetterQueueSourceArn")
    if not arn:
        raise sqs._Err("CouldNotDetermineMessageSource", "The message was sent to the dead-letter queue itself.")
    return arn


def _existing(arn):
    queue = sqs._queue_by_arn(arn)
    if not queue:
        raise sqs._Err("QueueDoesNotExist", "The specified queue does not exist.")
    return queue


def _list(data, _url):
    source = _queue("SourceArn", data.get("SourceArn"))
    _require(("sqs:GetQueueAttributes",), source)
    results = _tasks.get(data["SourceArn"], [])[: data.get("MaxResults", 1)]
    return {"Results": [_described(task) for task in results]}


def _described(task):
    return {name: value for name, value in task.items() if name != "TaskHandle" or task["Status"] == "RUNNING"}


def _cancel(data, _url):
    handle = data.get("TaskHandle")
    task = next((task for task in _tasks.get(_source_of_handle(handle), []) if task["TaskHandle"] == handle), None)
    if not task:
        raise sqs._Err("ResourceNotFoundException", "Task does not exist.", 404)
    _require(("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"), _queue("SourceArn", task["SourceArn"]))
    if task["Status"] != "RUNNING":
        raise sqs._Err("UnsupportedOperation", "Only active tasks can be cancelled.")
    task["Status"] = "CANCELLED"
    return {"ApproximateNumberOfMessagesMoved": task["ApproximateNumberOfMessagesMoved"]}


def _list_sources(data, url):
    queue = sqs._get_q(data.get("QueueUrl", url), "sqs:ListDeadLetterSourceQueues")
    # With a small letter, unlike the other actions.
    return {"queueUrls": [sqs._externalize_url(feeding["url"]) for feeding in _feeding_queues(queue["attributes"]["QueueArn"])]}


def _feeding_queues(arn):
    """Returns the queues whose dead-letter queue it is."""
    return [queue for queue in sqs._queues.values() if _dead_letter_arn(queue) == arn]


def _dead_letter_arn(queue):
    return json.loads(queue["attributes"].get("RedrivePolicy") or "{}").get("deadLetterTargetArn")


def _queue(parameter, arn):
    if not arn:
        raise sqs._Err("MissingParameter", f"The request must contain the parameter {parameter}.")
    queue = sqs._queue_by_arn(arn)
    if not queue:
        raise sqs._Err("ResourceNotFoundException", f"The resource that you specified for the {parameter} parameter doesn't exist.", 404)
    return queue


def _require(actions, queue):
    for action in actions:
        message = denial(_access_key.get(), action, queue["attributes"]["QueueArn"])
        if message:
            raise sqs._Err("AccessDenied", message, 403)
