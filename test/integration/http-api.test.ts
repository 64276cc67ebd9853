import { REST_API } from '../support/endpoint-kinds';
import { testHttpApi } from '../support/http-api-tests';

// A deployment to AWS takes minutes.
jest.setTimeout(900_000);

testHttpApi(REST_API);
