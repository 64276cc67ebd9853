"""Who may open a connection to a WebSocket API."""

from ministack.core.arn import execute_api_route_arn
from ministack.services import apigateway, apigateway_v1

from fixes.web_socket_events import authorizer_event

UNAUTHORIZED = (401, "Unauthorized")
FAILED = (500, "Internal server error")


async def authorize(connection, handshake, route):
    """Sets the context of the authorizer, or the identity of the caller. Returns None, or the status and the message of a refusal."""
    arn = execute_api_route_arn(connection.region, connection.account, connection.api_id, connection.stage, "$connect")
    kind = route.get("authorizationType") or "NONE"
    if kind == "CUSTOM":
        return await _ask_function(connection, handshake, route, arn)
    if kind == "AWS_IAM":
        refusal = apigateway._authorize_ws_iam(handshake.scope, arn, handshake.headers, handshake.query, connection.region)
        caller = None if refusal else apigateway_v1._iam_caller_identity(handshake.headers, handshake.query)
        connection.identity = {**connection.identity, **(caller or {})}
        return refusal
    return None


async def _ask_function(connection, handshake, route, arn):
    authorizer = apigateway._authorizers.get(connection.api_id, {})[route["authorizerId"]]
    event = authorizer_event(connection, handshake, arn)
    has_identity, _ = apigateway._request_authorizer_identity_sources(
        authorizer["identitySource"], handshake.headers, handshake.query, event["stageVariables"]
    )
    if not has_identity:
        return UNAUTHORIZED
    function = apigateway._extract_lambda_ref_from_integration_uri(authorizer["authorizerUri"])
    result, _ = await apigateway_v1._call_lambda_raw(function, event, account_id=connection.account, region=connection.region)
    answer = (result or {}).get("body")
    if not isinstance(answer, dict):
        return FAILED
    if result.get("error"):
        return UNAUTHORIZED if answer.get("errorMessage") == "Unauthorized" else FAILED
    return _decide(connection, answer, arn)


def _decide(connection, answer, arn):
    policy, context = answer.get("policyDocument"), answer.get("context") or {}
    if not isinstance(policy, dict) or not isinstance(context, dict):
        return FAILED
    decision = apigateway._evaluate_authorizer_policy(policy, arn)
    if decision != "Allow":
        return 403, f"User is not authorized to access this resource {apigateway._WS_DENY_REASONS[decision]}"
    connection.authorizer = {**apigateway_v1._stringify_context(context), "principalId": str(answer.get("principalId"))}
    return None
