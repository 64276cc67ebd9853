import { CfnParameter, Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as logs from 'aws-cdk-lib/aws-logs';
import { TaskManagerProps } from '../src';
import { aTaskManager, apiVariablesOf, templateOf } from './support/constructs';

describe('props', () => {
  test('eventBus: all events use the given bus, and no bus is created', () => {
    const { stack, tasks } = aTaskManager((scope) => ({ eventBus: events.EventBus.fromEventBusName(scope, 'Given', 'given') }));
    expect(tasks.eventBus).toBe(stack.node.findChild('Given'));
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Events::EventBus', 0);
    template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: Match.objectLike({ EVENT_BUS_NAME: 'given' }) } });
    template.hasResourceProperties('AWS::Events::Rule', { EventBusName: 'given' });
  });

  test('logRetention: applies to all logs', () => {
    templateOf({ logRetention: logs.RetentionDays.ONE_YEAR }).allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
  });

  test('removalPolicy: DESTROY deletes the table with the stack', () => {
    templateOf({ removalPolicy: RemovalPolicy.DESTROY }).hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete' });
  });
});

describe.each([
  ['taskTimeout', Duration.seconds(1), Duration.days(365), '1 second to 365 days', Duration.minutes(90), ['86400', '5400'], 'TASK_TIMEOUT_SECONDS', 1],
  ['taskRetention', Duration.minutes(1), Duration.days(3650), '1 minute to 3650 days', Duration.days(1), ['604800', '86400'], 'RETENTION_SECONDS', 5],
  ['maxPollWait', Duration.seconds(0), Duration.seconds(25), '0 seconds to 25 seconds', Duration.seconds(20), ['0', '20'], 'MAX_WAIT_SECONDS', 1],
] as const)('prop %s', (prop, min, max, range, value, [byDefault, explicit], variable, functions) => {
  const variables = (props?: TaskManagerProps) => Object.values(templateOf(props).findResources('AWS::Lambda::Function'))
    .flatMap(({ Properties }) => Properties.Environment.Variables[variable] ?? []);

  test('is passed to the functions that need it', () => {
    expect(variables()).toEqual(Array(functions).fill(byDefault));
    expect(variables({ [prop]: value })).toEqual(Array(functions).fill(explicit));
  });

  test('can be its minimum or its maximum', () => {
    expect(variables({ [prop]: min })[0]).toBe(String(min.toSeconds()));
    expect(variables({ [prop]: max })[0]).toBe(String(max.toSeconds()));
  });

  test.each([
    ['too short', Duration.millis(Math.max(min.toMilliseconds() - 1000, 1))],
    ['too long', Duration.seconds(max.toSeconds() + 1)],
    ['not in whole seconds', Duration.millis(20_500)],
  ])('is refused if it is %s', (_, wrong) => {
    expect(() => templateOf({ [prop]: wrong })).toThrow(`${prop} must be from ${range}, in whole seconds, got ${wrong.toHumanString()}`);
  });

  test('can be a Token', () => {
    const template = templateOf((stack) => ({ [prop]: Duration.seconds(new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber) }));
    template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: Match.objectLike({ [variable]: { Ref: 'Seconds' } }) } });
  });
});

describe('prop maxRequestSize', () => {
  const bytes = (maxRequestSize?: Size) => apiVariablesOf(templateOf({ maxRequestSize })).MAX_REQUEST_BYTES;

  test.each([
    ['64 KiB by default', undefined, '65536'],
    ['at least 1 KiB', Size.kibibytes(1), '1024'],
    ['at most 384 KiB', Size.kibibytes(384), '393216'],
    ['given in any unit', Size.bytes(100_000), '100000'],
  ])('is %s', (_, size, expected) => {
    expect(bytes(size)).toBe(expected);
  });

  test.each([
    ['too small', Size.bytes(1023), 1023],
    ['too large', Size.bytes(393_217), 393_217],
    ['far too large', Size.mebibytes(1), 1_048_576],
  ])('is refused if it is %s', (_, size, got) => {
    expect(() => bytes(size)).toThrow(`maxRequestSize must be from 1 to 384 KiB, got ${got} bytes`);
  });

  test('can be a Token', () => {
    const template = templateOf((stack) => ({ maxRequestSize: Size.bytes(new CfnParameter(stack, 'Bytes', { type: 'Number' }).valueAsNumber) }));
    expect(apiVariablesOf(template).MAX_REQUEST_BYTES).toEqual({ Ref: 'Bytes' });
  });
});

describe.each([
  ['throttlingRateLimit', 'ThrottlingRateLimit', 100],
  ['throttlingBurstLimit', 'ThrottlingBurstLimit', 200],
] as const)('prop %s', (prop, setting, byDefault) => {
  const settings = (props?: TaskManagerProps) => Object.values(templateOf(props).findResources('AWS::ApiGateway::Stage'))[0].Properties.MethodSettings;

  test.each([[undefined, byDefault], [1, 1], [1_000_000, 1_000_000]])('%s sets the limit of the stage to %d, and changes nothing else', (value, expected) => {
    expect(settings({ [prop]: value })).toEqual([{
      DataTraceEnabled: false, HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200, [setting]: expected,
    }]);
  });

  test.each([0, -1, 0.5, 1_000_001, NaN, Infinity])('%s is refused', (value) => {
    expect(() => settings({ [prop]: value })).toThrow(`${prop} must be a whole number from 1 to 1000000, got ${value}`);
  });

  test('can be a Token', () => {
    const template = templateOf((stack) => ({ [prop]: new CfnParameter(stack, 'Limit', { type: 'Number' }).valueAsNumber }));
    template.hasResourceProperties('AWS::ApiGateway::Stage', { MethodSettings: [Match.objectLike({ [setting]: { Ref: 'Limit' } })] });
  });
});
