import { traceIdOf } from '../../src/protocol/trace-context';
import { TRACE } from '../support/builders';

test('the trace id of a traceparent is its second field', () => {
  expect(traceIdOf(TRACE.traceparent)).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
});

test.each([undefined, '', '00-4bf92f35-00f067aa0ba902b7-01', '01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'])('%j has no trace id', (traceparent) => {
  expect(traceIdOf(traceparent)).toBeUndefined();
});
