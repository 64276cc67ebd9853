"""Makes MiniStack behave as AWS does, where this project depends on it.

Each fix is one function in its own module. It replaces functions of MiniStack. Its docstring says what AWS does, and what
MiniStack does without it. README.md lists all fixes. A test that passes only because of a fix proves nothing about AWS: the
test says so.
"""

from fixes.alarm_states import evaluate_alarms
from fixes.api_hosts import take_requests_to_hosts_of_apis
from fixes.api_metrics import watch_apis
from fixes.asynchronous_invokes import retry_asynchronous_invokes
from fixes.batch_permissions import authorize_batches_of_messages
from fixes.bounded_workers import bound_workers
from fixes.capacity_providers import associate_capacity_providers
from fixes.composite_alarms import create_composite_alarms
from fixes.data_limits import limit_data_of_states
from fixes.denied_callers import answer_denied_callers
from fixes.ecs_permissions import authorize_tasks_of_ecs
from fixes.ecs_tasks import run_tasks_as_processes
from fixes.embedded_metrics import take_metrics_from_logs
from fixes.event_filters import filter_records_as_rules_do
from fixes.execution_ends import end_executions_once
from fixes.execution_starts import start_executions_once
from fixes.failed_integrations import answer_for_failed_functions
from fixes.falsy_rejections import fail_on_falsy_rejections
from fixes.function_connections import keep_connections_of_functions
from fixes.function_errors import describe_function_errors
from fixes.function_metrics import watch_functions
from fixes.functions_behind_rules import invoke_functions_of_rules_asynchronously
from fixes.http_api_authorizers import complete_events_of_http_api_authorizers
from fixes.http_api_cors import answer_cors_of_http_apis
from fixes.http_api_denials import forbid_denied_callers_of_http_apis
from fixes.http_api_events import invoke_in_format_1_0
from fixes.jsonata_version import evaluate_jsonata_as_aws_does
from fixes.large_requests import refuse_large_requests
from fixes.log_ends import mark_log_ends
from fixes.machine_roles import check_roles_of_state_machines
from fixes.message_moves import move_messages
from fixes.metric_dimensions import read_metrics_by_all_dimensions
from fixes.metric_math_alarms import take_alarms_with_metric_math
from fixes.metric_writes import write_metrics_safely
from fixes.nested_executions import run_nested_executions
from fixes.poll_pauses import shorten_poll_pauses
from fixes.preflights import answer_preflights_of_all_origins
from fixes.put_events_conditions import give_put_events_its_condition_keys
from fixes.put_events_tasks import fail_tasks_with_refused_entries
from fixes.query_definitions import keep_query_definitions
from fixes.queue_metrics import watch_queues
from fixes.refused_entries import refuse_bad_entries
from fixes.request_ids import accept_request_ids
from fixes.resource_policies import check_resource_policies_beside_authorizers
from fixes.route_responses import create_route_responses
from fixes.run_task_states import run_ecs_tasks_in_states
from fixes.sdk_results import call_sdks_as_aws_does
from fixes.secure_transport import treat_transport_as_secure
from fixes.sent_requests import pass_on_requests_as_sent
from fixes.session_ends import end_sessions_safely
from fixes.state_machine_definitions import refuse_invalid_definitions
from fixes.stream_retries import retry_stream_batches
from fixes.task_time_outs import time_out_tasks
from fixes.undelivered_events import keep_undelivered_events
from fixes.vpc_attributes import give_vpcs_their_attributes
from fixes.vpc_endpoints import take_vpc_endpoints_from_a_header
from fixes.web_socket_posts import post_to_connections
from fixes.web_socket_sessions import run_web_socket_sessions

FIXES = (
    accept_request_ids,
    answer_cors_of_http_apis,
    answer_denied_callers,
    answer_for_failed_functions,
    answer_preflights_of_all_origins,
    associate_capacity_providers,
    authorize_batches_of_messages,
    authorize_tasks_of_ecs,
    bound_workers,
    call_sdks_as_aws_does,
    check_resource_policies_beside_authorizers,
    check_roles_of_state_machines,
    complete_events_of_http_api_authorizers,
    create_composite_alarms,
    create_route_responses,
    describe_function_errors,
    end_executions_once,
    end_sessions_safely,
    evaluate_alarms,
    evaluate_jsonata_as_aws_does,
    fail_on_falsy_rejections,
    fail_tasks_with_refused_entries,
    filter_records_as_rules_do,
    forbid_denied_callers_of_http_apis,
    give_put_events_its_condition_keys,
    give_vpcs_their_attributes,
    invoke_functions_of_rules_asynchronously,
    invoke_in_format_1_0,
    keep_connections_of_functions,
    keep_query_definitions,
    keep_undelivered_events,
    limit_data_of_states,
    mark_log_ends,
    move_messages,
    pass_on_requests_as_sent,
    post_to_connections,
    read_metrics_by_all_dimensions,
    refuse_bad_entries,
    refuse_invalid_definitions,
    refuse_large_requests,
    retry_asynchronous_invokes,
    retry_stream_batches,
    run_ecs_tasks_in_states,
    run_nested_executions,
    run_tasks_as_processes,
    run_web_socket_sessions,
    shorten_poll_pauses,
    start_executions_once,
    take_alarms_with_metric_math,
    take_metrics_from_logs,
    take_requests_to_hosts_of_apis,
    take_vpc_endpoints_from_a_header,
    time_out_tasks,
    treat_transport_as_secure,
    watch_apis,
    watch_functions,
    watch_queues,
    write_metrics_safely,
)


def apply_fixes():
    for fix in FIXES:
        fix()
