import { isTerminal } from '../../src/protocol/wire';

test.each([['PENDING', false], ['RUNNING', false], ['SUCCESSFUL', true], ['FAILED', true], ['CANCELLED', true]] as const)('%s is terminal: %s', (status, terminal) => {
  expect(isTerminal(status)).toBe(terminal);
});
