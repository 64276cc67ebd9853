import json

from ministack.services import eventbridge, lambda_svc


def filter_records_as_rules_do():
    """Filters the records of an event source mapping by the same rules as events.

    AWS: filter patterns have the syntax of event patterns (https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html,
    …/with-ddb-filtering.html). As installed, a matcher of its own knows some of the operators only, and `exists: false` fails
    below an attribute that is missing.
    """
    lambda_svc._match_esm_filter = _matches


def _matches(record, pattern):
    alternatives = eventbridge._compiled_pattern(json.dumps(pattern)) or []
    return any(eventbridge._matches_detail(record, alternative) for alternative in alternatives)
