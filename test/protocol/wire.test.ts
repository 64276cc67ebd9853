import { isTerminal } from '../../src/protocol/wire';

test.each([['PENDING', false], ['RUNNING', false], ['SUCCESSFUL', true], ['FAILED', true], ['CANCELLED', true]] as const)('isTerminal of %s is %s', (status, terminal) => {
  expect(isTerminal(status)).toBe(terminal);
});
