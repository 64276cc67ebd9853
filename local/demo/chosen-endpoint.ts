import { ENDPOINT_VARIABLE, EndpointKind } from './options';
import { TaskEndpoint } from '../../src';

const ENDPOINTS: Record<EndpointKind, () => TaskEndpoint> = { rest: () => TaskEndpoint.restApi(), http: () => TaskEndpoint.httpApi() };

/** Returns the endpoint that the demo asks for. */
export function chosenEndpoint(): TaskEndpoint {
  return ENDPOINTS[process.env[ENDPOINT_VARIABLE] as EndpointKind]();
}
