import time

from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.responses import get_account_id, get_region, new_uuid, now_iso, request_scope
from ministack.services import dynamodb, lambda_svc

from fixes.destinations import send_record
from fixes.function_metrics import record_iterator_age
from fixes.request_ids import execute_as

RETRY_SECONDS = 0.1
MAX_RETRY_SECONDS = 1.0

UNLIMITED = -1
RETENTION_SECONDS = 24 * 60 * 60


def retry_stream_batches():
    """Delivers each record of a DynamoDB stream in order, until the function has processed it or the mapping discards it.

    AWS: Lambda retries a batch that fails, and delivers nothing behind it before it is done. With BisectBatchOnFunctionError it
    retries the halves. After a response with `batchItemFailures` it retries from the first record that the response names. After
    MaximumRetryAttempts or MaximumRecordAgeInSeconds it discards the records, and sends their position to OnFailure. Splitting a
    batch does not count as a retry (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html,
    …/services-dynamodb-errors.html). MiniStack takes `batchItemFailures` for success, and retries other failures forever, while all
    other mappings wait.

    The age of the last record of each attempt is the metric IteratorAge (…/monitoring-metrics-types.html). MiniStack has no such metric.

    AWS does not document its pause before a retry. Here it is 0.1 s at first. Nor does it document what happens if partial responses
    and bisecting are on and the first record of a batch fails. Here the batch is halved. Not restored: buckets as destinations,
    batching windows, parallelization (a table has one shard here), Kinesis streams.
    """
    lambda_svc._poll_dynamodb_streams = _poll


def _poll():
    """Starts the next batch of each idle mapping. Returns whether there was any."""
    started = False
    for account, region, mapping in lambda_svc._iter_all_esms():
        with request_scope(account, region):
            if not lambda_svc._esm_inflight.get(mapping["UUID"]) and _next_records(mapping):
                lambda_svc._dispatch_esm_batch(mapping["UUID"], _deliver_all, mapping)
                started = True
    return started


def _deliver_all(mapping):
    while True:
        position, records = _next_records(mapping) or (0, [])
        if not records:
            return
        if not _deliver(mapping, lambda_svc._apply_filter_criteria(records, mapping)):
            return
        with lambda_svc._dynamodb_stream_positions_lock:
            lambda_svc._dynamodb_stream_positions[mapping["UUID"]] = position + len(records)


def _next_records(mapping):
    """Returns the next records of the stream of a mapping and their position, or None if there are none."""
    table = _table(mapping.get("EventSourceArn"))
    if not table or not _is_active(mapping) or not _function(mapping):
        return None
    lambda_svc._init_stream_position(mapping["UUID"], mapping["EventSourceArn"], mapping["StartingPosition"])
    position = max(lambda_svc._dynamodb_stream_positions[mapping["UUID"]], dynamodb.stream_start_position(table))
    records = dynamodb.stream_records_since(table, position, int(mapping.get("BatchSize", 100)))
    return (position, records) if records else None


def _table(source_arn):
    """Returns the table with this current stream, if it is in the current account and region."""
    try:
        source = parse_arn(source_arn)
    except ArnParseError:
        return None
    if (source.service, source.account_id, source.region) != ("dynamodb", get_account_id(), get_region()):
        return None
    name, _ = lambda_svc._dynamodb_stream_table_from_arn_spec(source) or (None, None)
    table = dynamodb._tables.get(name) or {}
    return name if table.get("LatestStreamArn") == source_arn else None


def _is_active(mapping):
    return mapping.get("Enabled", True) and lambda_svc._esms.get(mapping["UUID"]) is mapping


def _function(mapping):
    func, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
    return func


def _deliver(mapping, records):
    """Invokes the function until all records are processed or discarded. Returns False if the mapping or the function is removed."""
    batches = [_Batch(records)]
    while batches:
        if not _is_active(mapping):
            return False
        batch = batches.pop(0)
        expired = batch.take_expired(_limit(mapping, "MaximumRecordAgeInSeconds", RETENTION_SECONDS))
        if expired:
            _discard(mapping, expired, "RecordAgeExceeded", batch)
        if not batch.records:
            continue

        # The code of the function may have changed in the meantime.
        func = _function(mapping)
        if not func:
            return False
        batch.invoke(func)
        left = _left_over(mapping, batch)
        mapping["LastProcessingResult"] = f"FAILED - {len(left)} records" if left else f"OK - {len(batch.records)} records"
        if not left:
            continue

        if mapping.get("BisectBatchOnFunctionError") and len(batch.records) > 1:
            batches[:0] = _split(batch.records, left)
        elif batch.invocations > _limit(mapping, "MaximumRetryAttempts", float("inf")):
            _discard(mapping, left, "RetryAttemptsExhausted", batch)
        else:
            batch.records = left
            batches.insert(0, batch)
            time.sleep(min(RETRY_SECONDS * batch.invocations, MAX_RETRY_SECONDS))
    return True


class _Batch:
    def __init__(self, records):
        self.records = records
        self.invocations = 0
        self.request_id = new_uuid()
        self.result = None

    def invoke(self, func):
        self.invocations += 1
        self.request_id = new_uuid()
        record_iterator_age(func["config"], _created(self.records[-1]))
        self.result = execute_as(self.request_id, func, {"Records": self.records})

    def take_expired(self, limit):
        count = sum(time.time() - _created(record) > limit for record in self.records)
        expired, self.records = self.records[:count], self.records[count:]
        return expired


def _limit(mapping, name, default):
    configured = mapping.get(name)
    return default if configured in (None, UNLIMITED) else int(configured)


def _split(records, left):
    if len(left) < len(records):
        return [_Batch(left)]
    half = (len(records) + 1) // 2
    return [_Batch(records[:half]), _Batch(records[half:])]


def _left_over(mapping, batch):
    """Returns the records that are left: the first one that failed, and all behind it."""
    if batch.result.get("error"):
        return batch.records
    response = batch.result.get("body")
    if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []) or not isinstance(response, dict):
        return []
    failed = {failure.get("itemIdentifier") for failure in response.get("batchItemFailures") or []}
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch.records]
    if not failed.issubset(numbers):
        # A missing, empty or unknown identifier fails the whole batch.
        return batch.records
    return next((batch.records[index:] for index, number in enumerate(numbers) if number in failed), [])


def _discard(mapping, records, condition, batch):
    destination = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    func = _function(mapping)
    if not destination or not func:
        return
    config = func["config"]
    record = {
        "requestContext": {
            "requestId": batch.request_id,
            "functionArn": mapping["FunctionArn"],
            "condition": condition,
            "approximateInvokeCount": batch.invocations,
        },
        "version": "1.0",
        "timestamp": now_iso(),
        "DDBStreamBatchInfo": {
            "shardId": "shardId-00000000000000000000-00000000",
            "startSequenceNumber": records[0]["dynamodb"]["SequenceNumber"],
            "endSequenceNumber": records[-1]["dynamodb"]["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _timestamp(_created(records[0])),
            "approximateArrivalOfLastRecord": _timestamp(_created(records[-1])),
            "batchSize": len(records),
            "streamArn": mapping["EventSourceArn"],
        },
    }
    if batch.result:
        record["responseContext"] = {"statusCode": 200, "executedVersion": config["Version"]}
        if batch.result.get("error"):
            record["responseContext"]["functionError"] = "Unhandled"
    send_record(destination, record, config)


def _created(record):
    return record["dynamodb"]["ApproximateCreationDateTime"]


def _timestamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
