import { BELOW_RESOURCE, BELOW_RESOURCE_OF_ANOTHER_STACK, HTTP_API } from '../support/endpoint-kinds';
import { testHttpApi } from '../support/http-api-tests';

// A deployment to AWS takes minutes.
jest.setTimeout(900_000);

// The REST API of a TaskManager's own is tested by test/integration/http-api.test.ts.
describe.each([HTTP_API, BELOW_RESOURCE, BELOW_RESOURCE_OF_ANOTHER_STACK])('$name', testHttpApi);
