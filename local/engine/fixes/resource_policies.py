from ministack.services import apigateway_v1


def check_resource_policies_beside_authorizers():
    """Checks the resource policy of a REST API also for methods with a user pool or a Lambda authorizer. Needs AUTH.

    AWS: with a user pool, the policy must allow what the user pool has authenticated. With a Lambda authorizer, a policy that denies is a
    denial before the authorizer is called
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html). MiniStack checks the policy of
    methods without authorization and with IAM only.

    Not restored: a policy that allows what a Lambda authorizer neither allows nor denies.
    """
    authorize = apigateway_v1._authorize_request_v1

    async def authorize_by_both(api_id, stage, method_object, method, path, *args):
        *_, account, region = args
        kind = method_object.get("authorizationType")
        refusal = apigateway_v1._anonymous_policy_error(api_id, stage, method, path, account, region)
        if refusal and kind == "CUSTOM" and "explicit deny" in refusal.message:
            return refusal, None
        error, context = await authorize(api_id, stage, method_object, method, path, *args)
        if refusal and kind == "COGNITO_USER_POOLS" and not error:
            return refusal, None
        return error, context

    apigateway_v1._authorize_request_v1 = authorize_by_both
