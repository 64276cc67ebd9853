"""Where MiniStack differs from AWS in what this project relies on.

Each fix is one function in a module of its own. It replaces functions of MiniStack, and its docstring names the contract
of AWS that it restores. What some of them share is in destinations.py and worker_scripts.py. A test that passes only
through a fix says nothing about AWS: say so where it stands.
"""

from fixes.asynchronous_invokes import retry_asynchronous_invokes
from fixes.bounded_workers import bound_workers
from fixes.denied_callers import answer_denied_callers
from fixes.event_filters import filter_records_as_rules_do
from fixes.failed_integrations import answer_for_failed_functions
from fixes.falsy_rejections import fail_on_falsy_rejections
from fixes.function_errors import tell_function_errors
from fixes.functions_behind_rules import invoke_functions_of_rules_asynchronously
from fixes.large_requests import refuse_large_requests
from fixes.log_ends import mark_log_ends
from fixes.poll_pauses import shorten_poll_pauses
from fixes.preflights import answer_preflights_of_all_origins
from fixes.put_events_conditions import give_put_events_its_condition_keys
from fixes.request_ids import take_request_ids
from fixes.secure_transport import take_transport_for_secure
from fixes.sent_requests import pass_on_requests_as_sent
from fixes.stream_retries import retry_stream_batches
from fixes.undelivered_events import keep_undelivered_events

FIXES = (
    answer_denied_callers,
    answer_for_failed_functions,
    answer_preflights_of_all_origins,
    bound_workers,
    filter_records_as_rules_do,
    fail_on_falsy_rejections,
    give_put_events_its_condition_keys,
    invoke_functions_of_rules_asynchronously,
    keep_undelivered_events,
    mark_log_ends,
    pass_on_requests_as_sent,
    refuse_large_requests,
    retry_asynchronous_invokes,
    retry_stream_batches,
    shorten_poll_pauses,
    take_request_ids,
    take_transport_for_secure,
    tell_function_errors,
)


def apply_fixes():
    for fix in FIXES:
        fix()
