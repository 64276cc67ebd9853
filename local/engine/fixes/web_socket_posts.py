import json
from datetime import datetime, timezone

from ministack.services import apigateway

from fixes.web_socket_connections import find_connection

MAX_BYTES = 128 * 1024
NORMAL = 1000


def post_to_connections():
    """Restores the errors and the replies of PostToConnection, GetConnection and DeleteConnection.

    AWS: the errors are GoneException, PayloadTooLargeException for more than 128 KB, and LimitExceededException if the client does not
    read what was sent before (https://docs.aws.amazon.com/apigatewaymanagementapi/latest/api/API_PostToConnection.html, quotas:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html). MiniStack takes
    posts of any size and to connections of other stages. It keeps all that clients do not read. The SDK can't read its reply to
    GetConnection.

    The documentation does not say how much a client may leave unread; here 1 MiB, and what the buffers of its socket take. It does not say
    with which code DeleteConnection closes; here 1000. Not restored: throttling. After DeleteConnection, the socket of a client that does
    not read stays open until the client closes it.
    """
    apigateway.handle_connections_api = _handle


async def _handle(method, api_id, stage, connection_id, body, headers):
    connection = find_connection(api_id, stage, connection_id)
    if not connection:
        return _error(410, "GoneException")
    if method == "GET":
        return _describe(connection)
    if method == "DELETE":
        connection.close(NORMAL)
        return 204, {}, b""
    if len(body) > MAX_BYTES:
        return _error(413, "PayloadTooLargeException")
    if not connection.post(apigateway._post_to_connection_text(body)):
        return _error(429, "LimitExceededException")
    return 200, {}, b""


def _describe(connection):
    times = {"connectedAt": connection.connected_at, "lastActiveAt": connection.last_active_at}
    description = {name: datetime.fromtimestamp(time, timezone.utc).isoformat() for name, time in times.items()}
    return 200, {"Content-Type": "application/json"}, json.dumps({**description, "identity": connection.identity}).encode()


def _error(status, name):
    return status, {"Content-Type": "application/json", "x-amzn-ErrorType": name}, json.dumps({"message": name}).encode()
