import re

from ministack.services import apigateway_v1

# CDK's addCorsPreflight writes this for several origins: the first one is the default, and the template names the others.
TEMPLATE_START = b'#set($origin = $input.params().header.get("Origin"))'
ORIGIN = re.compile(r'\$origin == "([^"]+)"')
ALLOW_ORIGIN = "Access-Control-Allow-Origin"


def answer_preflights_of_all_origins():
    """Allows all origins of CDK's `addCorsPreflight` in preflights, and not only the first.

    AWS: API Gateway runs the response template of the mock integration, which can override headers
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html). MiniStack
    sends the template as the body. Not restored: all other templates.
    """
    execute = apigateway_v1._execute_in_scope

    async def execute_and_allow_origin(request, *args):
        response = await execute(request, *args)
        if not isinstance(response, tuple) or not isinstance(response[2], bytes) or not response[2].startswith(TEMPLATE_START):
            return response
        status, headers, template = response
        origin = apigateway_v1._header_ci(request["headers"], "origin")
        if origin in ORIGIN.findall(template.decode()):
            headers[ALLOW_ORIGIN] = origin
        return status, headers, b""

    apigateway_v1._execute_in_scope = execute_and_allow_origin
