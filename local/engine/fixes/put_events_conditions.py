import json

from ministack.core import iam_actions


def give_put_events_its_condition_keys():
    """Gives policies the sources and detail-types of a PutEvents call, with AUTH on.

    AWS: the condition keys `events:source` and `events:detail-type` hold those of all entries
    (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html). As installed, both are absent, and a
    policy that asks for them (`"Null": {"events:source": "false"}`) allows nothing.
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
