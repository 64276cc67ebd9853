import json

from ministack.services import eventbridge

MAX_BYTES = 1024 * 1024
REQUIRED = ("Source", "DetailType", "Detail")


def refuse_bad_entries():
    """Answers PutEvents with an error for each entry that EventBridge refuses. The other entries are sent.

    AWS: an entry without Source, DetailType or Detail is an InvalidArgument, and a Detail that is no JSON object, or no Unicode, is a
    MalformedDetail. Both fail the entry, not the request
    (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html). Entries of more than 1 MiB together are a
    ValidationException for the request (…/userguide/eb-putevents.html). MiniStack accepts all of these.

    As on AWS, an entry for a bus that does not exist is lost without an error.
    """
    put = eventbridge._put_events

    def put_good_entries(data, allow_aws_source=False):
        entries = data.get("Entries", [])
        if sum(map(_size, entries)) > MAX_BYTES:
            message = "Total size of the entries in the request is over the limit."
            return eventbridge.error_response_json("ValidationException", message, 400)
        refusals = [_refusal(entry) for entry in entries]
        if not any(refusals):
            return put(data, allow_aws_source)
        good = [entry for entry in entries if not _refusal(entry)]
        answer = json.loads(put({**data, "Entries": good}, allow_aws_source)[2])
        sent = iter(answer["Entries"])
        results = [refusal or next(sent) for refusal in refusals]
        failed = answer["FailedEntryCount"] + len(entries) - len(good)
        return eventbridge.json_response({"FailedEntryCount": failed, "Entries": results})

    eventbridge._put_events = put_good_entries


def _size(entry):
    return sum(len(entry.get(name, "").encode(errors="surrogatepass")) for name in REQUIRED if isinstance(entry.get(name, ""), str))


def _refusal(entry):
    for name in REQUIRED:
        if not entry.get(name):
            message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
    return None if _is_object(entry["Detail"]) else {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}


def _is_object(detail):
    try:
        parsed = json.loads(detail)
        # Fails for half a surrogate pair, also if it is escaped.
        json.dumps(parsed, ensure_ascii=False).encode()
        return isinstance(parsed, dict)
    except (TypeError, ValueError, RecursionError):
        return False
