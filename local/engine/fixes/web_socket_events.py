"""What API Gateway passes to the functions of a WebSocket API."""

import base64
import os
import time
from urllib.parse import parse_qs

from ministack.services import apigateway

from fixes.sent_requests import last_values, sent_headers


class Handshake:
    """The HTTP request that opens a connection."""

    def __init__(self, scope):
        self.scope = scope
        self.sent_headers = sent_headers()
        self.headers = {name.lower(): value for name, value in last_values(self.sent_headers).items()}
        self.query = parse_qs(scope["query_string"].decode("utf-8"), keep_blank_values=True)
        self.source_ip = scope["client"][0]

    def fields(self):
        """Returns the fields that only events of $connect have."""
        fields = {"headers": last_values(self.sent_headers), "multiValueHeaders": self.sent_headers}
        if self.query:
            fields |= {"queryStringParameters": last_values(self.query), "multiValueQueryStringParameters": self.query}
        return fields


def new_id():
    """Returns an ID like those of connections, messages and requests. It ends in "=", which is `%3D` in a path."""
    return base64.urlsafe_b64encode(os.urandom(11)).decode()


def request_context(connection, route_key, event_type):
    now = time.time()
    context = {
        "routeKey": route_key,
        "eventType": event_type,
        "extendedRequestId": new_id(),
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "messageDirection": "IN",
        "stage": connection.stage,
        "connectedAt": milliseconds(connection.connected_at),
        "requestTimeEpoch": milliseconds(now),
        "identity": connection.identity,
        "requestId": new_id(),
        "domainName": f"{connection.api_id}.execute-api.{connection.region}.amazonaws.com",
        "connectionId": connection.connection_id,
        "apiId": connection.api_id,
    }
    if event_type == "MESSAGE":
        context["messageId"] = new_id()
    if connection.authorizer is not None:
        context["authorizer"] = connection.authorizer
    return context


def authorizer_event(connection, handshake, method_arn):
    return {
        "type": "REQUEST",
        "methodArn": method_arn,
        **handshake.fields(),
        "stageVariables": apigateway._get_stage_variables(connection.api_id, connection.stage),
        "requestContext": request_context(connection, "$connect", "CONNECT"),
    }


def milliseconds(seconds):
    return int(seconds * 1000)
