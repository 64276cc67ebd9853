import { EndpointKind } from './endpoint-kinds';
import { TaskEndpoint } from '../src';

const ENDPOINTS: Record<EndpointKind, () => TaskEndpoint> = { rest: () => TaskEndpoint.restApi(), http: () => TaskEndpoint.httpApi() };

/** Returns the endpoint of a TaskManager. */
export function endpointOf(kind: EndpointKind): TaskEndpoint {
  return ENDPOINTS[kind]();
}
