/** Code of a Lambda authorizer that returns a policy. It accepts the tokens of two tenants, and one without a tenant. */
export const AUTHORIZE_BY_POLICY = `exports.handler = async ({ headers = {}, authorizationToken = headers.authorization, methodArn, routeArn = methodArn }) => ({
  principalId: 'somebody',
  policyDocument: { Version: '2012-10-17', Statement: [{
    Action: 'execute-api:Invoke',
    Effect: ['ada', 'eve', 'nobody'].includes(authorizationToken) ? 'Allow' : 'Deny',
    Resource: routeArn.split('/').slice(0, 2).join('/') + '/*',
  }] },
  context: authorizationToken === 'nobody' ? {} : { tenant: 'tenant-' + authorizationToken },
});`;
