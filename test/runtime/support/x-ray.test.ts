import { parseTraceHeader, traceHeaderOf } from '../../../src/runtime/support/x-ray';

const TRACE_ID = '5759e988bd862e3fe1be46a994272793';

describe('a tracing header of X-Ray', () => {
  test.each([
    ['of a sampled request', 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1', { parentId: '53995c3f42cd8ad8', isSampled: true }],
    ['of a request that is not sampled', 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0', { parentId: '53995c3f42cd8ad8', isSampled: false }],
    ['without a segment', 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1', { isSampled: true }],
    ['without a decision', 'Root=1-5759e988-bd862e3fe1be46a994272793', { isSampled: false }],
    ['that asks for a decision', 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=?', { isSampled: false }],
    ['with other fields, in another order', 'Self=1-67891234-12456789abcdef012345678;Sampled=1; Parent=53995c3f42cd8ad8 ;Lineage=1:a87bd80c:0;Root=1-5759e988-bd862e3fe1be46a994272793', { parentId: '53995c3f42cd8ad8', isSampled: true }],
    ['with a segment id of zeros', 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0000000000000000;Sampled=0', { isSampled: false }],
  ])('%s has a trace id', (_, header, rest) => {
    expect(parseTraceHeader(header)).toEqual({ traceId: TRACE_ID, ...rest });
  });

  test.each([
    '', 'Parent=53995c3f42cd8ad8;Sampled=1', 'Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8', 'Root=2-5759e988-bd862e3fe1be46a994272793',
    'Root=1-5759e988-bd862e3fe1be46a99427279', 'Root=1-5759e988-bd862e3fe1be46a9942727933', 'Root=1-5759E988-BD862E3FE1BE46A994272793', 'NotRoot=1-5759e988-bd862e3fe1be46a994272793',
  ])('%j has none', (header) => {
    expect(parseTraceHeader(header)).toBeUndefined();
  });
});

test.each([
  ['00', 0], ['01', 1], ['02', 0], ['03', 1], ['08', 0], ['09', 1], ['fe', 0], ['ff', 1],
])('a traceparent with the flags %s is a tracing header of X-Ray with Sampled=%d', (flags, sampled) => {
  const header = traceHeaderOf(`00-${TRACE_ID}-53995c3f42cd8ad8-${flags}`);
  expect(header).toBe(`Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=${sampled}`);
  expect(parseTraceHeader(header)).toEqual({ traceId: TRACE_ID, parentId: '53995c3f42cd8ad8', isSampled: sampled === 1 });
});
