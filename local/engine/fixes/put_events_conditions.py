import json

from ministack.core import iam_actions


def give_put_events_its_condition_keys():
    """Sets the condition keys `events:source` and `events:detail-type` of a PutEvents call. Needs AUTH.

    AWS: the keys hold the values of all entries (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html).
    In MiniStack both are absent, so a policy that requires them (`"Null": {"events:source": "false"}`) allows nothing.
    """
    request_context = iam_actions.request_tag_context

    def with_put_events_keys(service, iam_action, body, params):
        context = request_context(service, iam_action, body, params)
        if iam_action == "events:PutEvents":
            entries = json.loads(body or b"{}").get("Entries", [])
            context["events:source"] = [entry["Source"] for entry in entries if "Source" in entry] or None
            context["events:detail-type"] = [entry["DetailType"] for entry in entries if "DetailType" in entry] or None
        return context

    iam_actions.request_tag_context = with_put_events_keys
