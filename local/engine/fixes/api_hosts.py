import re

from ministack import app


def take_requests_to_hosts_of_apis():
    """Takes requests to the host names of APIs on AWS, such as `abcd1234.execute-api.us-east-1.amazonaws.com`.

    AWS: an API has such a name. A function posts to the connections of a WebSocket API there
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html). In MiniStack, the
    SDK in a Node.js function sends its requests to `*.amazonaws.com` to the engine, with the name in the header `Host`. MiniStack knows
    only names of its own, and answers with a 403.

    Not restored: such requests of Python functions. They leave this machine.
    """
    own_host = rf"{re.escape(app._MINISTACK_HOST)}(?::\d+)?"
    app._EXECUTE_API_RE = re.compile(rf"^([a-z0-9]+)\.execute-api\.(?:{own_host}|[a-z0-9-]+\.amazonaws\.com)$")
