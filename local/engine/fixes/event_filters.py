import json

from ministack.services import eventbridge, lambda_svc


def filter_records_as_rules_do():
    """Filters the records of an event source mapping with the matcher of event patterns.

    AWS: filter patterns have the syntax of event patterns (https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html,
    …/with-ddb-filtering.html). The matcher of MiniStack knows only some of the operators, and `exists: false` does not match below a
    missing attribute.
    """
    lambda_svc._match_esm_filter = _matches


def _matches(record, pattern):
    alternatives = eventbridge._compiled_pattern(json.dumps(pattern)) or []
    return any(eventbridge._matches_detail(record, alternative) for alternative in alternatives)
