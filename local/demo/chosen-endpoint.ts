import { ENDPOINT_VARIABLE } from './options';
import { TaskEndpoint } from '../../src';
import { EndpointKind } from '../endpoint-kinds';
import { endpointOf } from '../endpoint-of';

/** Returns the endpoint that the demo asks for. */
export function chosenEndpoint(): TaskEndpoint {
  return endpointOf(process.env[ENDPOINT_VARIABLE] as EndpointKind);
}
