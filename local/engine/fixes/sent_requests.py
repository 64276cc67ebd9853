from contextvars import ContextVar

from hypercorn.protocol.h11 import H11Protocol
from ministack import app
from ministack.core.sigv4 import decode_header_value
from ministack.services import apigateway_v1

_sent_headers = ContextVar("sent_headers", default=None)


def pass_on_requests_as_sent():
    """Passes the path, the query and the headers to functions behind a REST API as the caller sent them.

    AWS: `path` and `pathParameters` stay percent-encoded, so `%2F` does not separate segments. A header or a query parameter that is
    sent several times has all values in the multi-value map, and the last one in the other map
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html). Names of headers keep their
    case, unlike on HTTP APIs (…/http-api-develop-integrations-lambda.html). MiniStack decodes the path before it routes
    the request, changes names of headers to lower case, joins repeated headers with commas, and takes the first value of a parameter.

    Not restored: headers that AWS adds, such as `X-Amzn-Trace-Id`; events of authorizers; HTTP/2.
    """
    _remember_sent_headers()
    _route_encoded_paths()
    build_event = apigateway_v1._build_lambda_event_v1

    def build_event_as_sent(*args, **kwargs):
        event = build_event(*args, **kwargs)
        query = event["multiValueQueryStringParameters"]
        event["queryStringParameters"] = last_values(query) if query else None
        if _sent_headers.get() is not None:
            event["multiValueHeaders"] = sent_headers()
            event["headers"] = last_values(event["multiValueHeaders"])
        return event

    apigateway_v1._build_lambda_event_v1 = build_event_as_sent


def _remember_sent_headers():
    create_stream = H11Protocol._create_stream

    async def remember_and_create_stream(protocol, request):
        # The task that serves the request starts here, and copies the context.
        _sent_headers.set(request.headers.raw_items())
        await create_stream(protocol, request)

    H11Protocol._create_stream = remember_and_create_stream


def _route_encoded_paths():
    handle = app._handle_execute_api_request

    async def handle_encoded_path(host, path, method, headers, body, query_params, raw_path=None, raw_query_string=None):
        called = app._parse_execute_api_url(host, path)
        if called and raw_path and apigateway_v1.find_api_scope(called[0]):
            path = raw_path
        return await handle(host, path, method, headers, body, query_params, raw_path=raw_path, raw_query_string=raw_query_string)

    app._handle_execute_api_request = handle_encoded_path


def sent_headers():
    """Returns all values of each header of this request, with the names as the caller sent them. Not for HTTP/2."""
    return _grouped(_sent_headers.get())


def _grouped(headers):
    spellings, grouped = {}, {}
    for raw_name, value in headers:
        name = raw_name.decode("latin-1")
        grouped.setdefault(spellings.setdefault(name.lower(), name), []).append(decode_header_value(value))
    return grouped


def last_values(multi_value_map):
    return {name: values[-1] for name, values in multi_value_map.items()}
