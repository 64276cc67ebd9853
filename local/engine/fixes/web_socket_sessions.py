import asyncio
import contextlib
import json

from ministack.core.responses import request_scope
from ministack.services import apigateway, apigateway_v1

from fixes.failed_integrations import FailedFunction, proxy_response
from fixes.web_socket_authorization import authorize
from fixes.web_socket_connections import Connection
from fixes.web_socket_events import Handshake, new_id, request_context

MAX_MESSAGE_BYTES = 128 * 1024
TOO_LARGE = 1009
ERROR = "Internal server error"


def run_web_socket_sessions():
    """Runs the connections of WebSocket APIs, from $connect to $disconnect.

    AWS: only a stage that exists takes connections. A REQUEST authorizer without identity sources is always invoked. If it throws
    "Unauthorized", the status is 401
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html). $connect selects one of the
    subprotocols that the client offers (…/websocket-connect-route-subprotocol.html). Without a 2xx from it there is no connection
    (…/apigateway-websocket-api-route-keys-connect-disconnect.html). The client receives what an integration returns only if the route
    has a response (…/apigateway-websocket-api-route-response.html). If the integration fails, it receives a message with "Internal server
    error". A message has at most 128 KB (…/apigateway-execution-service-websocket-limits-table.html). Functions work on several messages of
    a connection at the same time.

    MiniStack takes all stages, selects no subprotocol, and answers all refused handshakes alike. It sends all that integrations return,
    error messages of functions included. It runs messages one by one. It invokes functions without their logs, metrics, permissions and
    time-outs, and $default if there is no route $connect or $disconnect. `connectedAt` changes with each message.

    The documentation does not say which status the handshake gets if $connect fails or returns another status. Here it is 502, or that
    status. It does not say what the `statusCode` of a message means; here nothing. It does not say if messages are compressed; here they
    are if the client offers it. Not restored: the end after two hours, or after ten minutes without messages; the time-out of integrations
    after 29 seconds; frames of at most 32 KB; throttling; resource policies of functions; other integrations than Lambda functions, which
    always fail here; headers that AWS adds, such as `X-Forwarded-For`; headers in the event of $disconnect.
    """
    apigateway.handle_websocket = _handle_websocket


async def _handle_websocket(scope, receive, send, api_id, path_override):
    await receive()
    stage = path_override.split("/")[1]
    protocol, account, region = apigateway._api_owner(api_id) or (None, None, None)
    with request_scope(account, region):
        handshake = Handshake(scope)
        connection = Connection(account, region, api_id, stage, handshake)
        is_known = protocol == "WEBSOCKET" and stage in apigateway._stages.get(api_id, {})
        refusal, subprotocol = await _connect(connection, handshake) if is_known else ((403, "Forbidden"), None)
        if refusal:
            await apigateway._refuse_ws_handshake(scope, send, *refusal, connection.connection_id, new_id())
            return
        await send({"type": "websocket.accept", "subprotocol": subprotocol})
        status_code = await connection.run(receive, send, _take_messages(connection))
        await _disconnect(connection, status_code)


async def _connect(connection, handshake):
    """Returns a refusal or None, and the selected subprotocol or None."""
    route = _route(connection, "$connect")
    if not route:
        return None, None
    refusal = await authorize(connection, handshake, route)
    if refusal:
        return refusal, None
    try:
        response = await _invoke(connection, route, request_context(connection, "$connect", "CONNECT"), handshake.fields())
    except FailedFunction:
        return (502, ERROR), None
    if response["statusCode"] // 100 != 2:
        return (response["statusCode"], response["body"]), None
    headers = {name.lower(): value for name, value in (response.get("headers") or {}).items()}
    selected = headers.get("sec-websocket-protocol")
    return None, selected if selected in handshake.scope["subprotocols"] else None


def _take_messages(connection):
    answers = set()

    def take(text):
        if len(text.encode()) > MAX_MESSAGE_BYTES:
            connection.close(TOO_LARGE)
            return
        answer = asyncio.create_task(_answer(connection, text))
        answers.add(answer)
        answer.add_done_callback(answers.discard)

    return take


async def _answer(connection, text):
    route_key = apigateway._evaluate_route_selection(apigateway._apis[connection.api_id]["routeSelectionExpression"], text)
    route = _route(connection, route_key) or _route(connection, "$default")
    context = request_context(connection, route["routeKey"] if route else "$default", "MESSAGE")
    if not route:
        connection.post(_error("Forbidden", context))
        return
    try:
        response = await _invoke(connection, route, context, {"body": text})
    except FailedFunction:
        connection.post(_error(ERROR, context))
        return
    if response["body"] and apigateway._route_responses.get(connection.api_id, {}).get(route["routeId"]):
        connection.post(response["body"])


async def _disconnect(connection, status_code):
    route = _route(connection, "$disconnect")
    if route:
        context = request_context(connection, "$disconnect", "DISCONNECT")
        context |= {"disconnectStatusCode": status_code, "disconnectReason": ""}
        # Nobody learns about a failure.
        with contextlib.suppress(FailedFunction):
            await _invoke(connection, route, context, {})


def _route(connection, route_key):
    return next((route for route in apigateway._routes.get(connection.api_id, {}).values() if route["routeKey"] == route_key), None)


async def _invoke(connection, route, context, fields):
    integration = apigateway._integrations.get(connection.api_id, {}).get(route["target"].split("/")[-1], {})
    function = apigateway._extract_lambda_ref_from_integration_uri(integration.get("integrationUri", ""))
    event = {**fields, "requestContext": context, "isBase64Encoded": False}
    result, not_found = await apigateway_v1._call_lambda_raw(function, event, account_id=connection.account, region=connection.region)
    if not_found:
        raise FailedFunction
    return proxy_response(result)[0]


def _error(message, context):
    return json.dumps({"message": message, "connectionId": context["connectionId"], "requestId": context["requestId"]})
