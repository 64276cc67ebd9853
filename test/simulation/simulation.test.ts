import { simulate } from './simulate';

jest.setTimeout(180_000);

test('every accepted task ends once, and its end is published', async () => {
  expect(await simulate(3_000)).not.toHaveProperty('failure');
});

test('the same seed simulates the same lives', async () => {
  const [once, again] = [await simulate(300), await simulate(300)];
  expect(again).toEqual(once);
  expect(once.fingerprint).not.toBe(0);
});
