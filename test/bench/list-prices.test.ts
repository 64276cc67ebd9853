import { USD } from '../../bench/prices';
import { USD_PER_LOG_GB, USD_PER_MILLION } from '../../src/private/monitoring/list-prices';

test('the dashboard estimates costs with the prices of the cost model', () => {
  const { apiRequest, ...others } = USD_PER_MILLION;
  const perMillion = (usd: number) => Number((usd * 1e6).toPrecision(6));
  expect({ rest: perMillion(USD.apiRequest.rest), http: perMillion(USD.apiRequest.http) }).toEqual(apiRequest);
  expect(Object.keys(others).map((name) => [name, perMillion(USD[name as keyof typeof others])])).toEqual(Object.entries(others));
  expect(USD.logGb).toBe(USD_PER_LOG_GB);
});
