import json

from ministack.services import apigateway
from ministack.services.cloudformation import provisioners


def create_route_responses():
    """Creates the resource AWS::ApiGatewayV2::RouteResponse.

    AWS: the client receives what an integration returns if its route has such a response
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html). MiniStack refuses the
    stack. Only that a response exists has an effect, in web_socket_sessions.py.
    """

    def create(logical_id, props, stack_name):
        route_id = props["RouteId"].split("/")[-1]
        status, _, body = apigateway._create_route_response(props["ApiId"], route_id, {"routeResponseKey": props["RouteResponseKey"]})
        if status >= 400:
            raise ValueError(f"AWS::ApiGatewayV2::RouteResponse create failed: {body!r}")
        response_id = json.loads(body)["routeResponseId"]
        return response_id, {"RouteResponseId": response_id}

    def delete(physical_id, props):
        apigateway._delete_route_response(props["ApiId"], props["RouteId"].split("/")[-1], physical_id)

    provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::RouteResponse"] = {"create": create, "delete": delete}
