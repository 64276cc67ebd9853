import { DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { aRule, putEvent } from './fixtures/events';
import { until } from './fixtures/processes';
import { aQueue, receive, receiveJson } from './fixtures/queues';
import { aNodeFunction, synthesizeStack } from './fixtures/tiny-app';
import { deploy } from '../../local/deploy/deploy';
import { withEngine } from '../../local/engine/with-engine';

// Tests our fix of the engine. It proves nothing about AWS.

jest.setTimeout(120_000);

const ECHO = 'exports.handler = async event => event';

test('keeps events for a deleted function, and for a deleted queue', async () => {
  const assembly = synthesizeStack((stack) => {
    const deadLetterQueue = aQueue(stack, 'DeadLetters');
    const handler = aNodeFunction(stack, 'Function', ECHO);
    aRule(stack, 'FunctionRule', 'function').addTarget(new LambdaFunction(handler, { deadLetterQueue, retryAttempts: 4 }));
    aRule(stack, 'QueueRule', 'queue').addTarget(new SqsQueue(aQueue(stack, 'Target'), { deadLetterQueue }));
    new CfnOutput(stack, 'FunctionName', { value: handler.functionName });
  });
  await withEngine({}, async (engine) => {
    const { DeadLetters, Target, FunctionName } = (await deploy(engine, assembly)).outputs('Tiny');
    await fetch(`${engine.url}/2015-03-31/functions/${FunctionName}`, { method: 'DELETE' });
    await new SQSClient(engine.sdkClientConfig).send(new DeleteQueueCommand({ QueueUrl: Target }));

    await putEvent(engine, 'function', { number: 1 });
    const ofFunction = await receive(engine, DeadLetters);
    await putEvent(engine, 'queue', { number: 2 });
    const ofQueue = await receive(engine, DeadLetters);

    expect(JSON.parse(ofFunction.Body!)).toMatchObject({ 'source': 'function', 'detail-type': 'Test', 'detail': { number: 1 } });
    expect(attributesOf(ofFunction)).toEqual({
      RULE_ARN: expect.stringMatching(/^arn:aws:events:us-east-1:000000000000:rule\/Tiny-FunctionRule/),
      TARGET_ARN: `arn:aws:lambda:us-east-1:000000000000:function:${FunctionName}`,
      ERROR_CODE: 'NO_RESOURCE',
      ERROR_MESSAGE: expect.stringMatching(/does not exist$/),
      RETRY_ATTEMPTS: '0',
    });
    expect(JSON.parse(ofQueue.Body!)).toMatchObject({ source: 'queue', detail: { number: 2 } });
    expect(attributesOf(ofQueue)).toMatchObject({ ERROR_CODE: 'NO_RESOURCE', TARGET_ARN: expect.stringMatching(/:Tiny-Target/) });
  });
});

describe('with AUTH on', () => {
  test('keeps events of rules that the function or the queue does not allow', async () => {
    const assembly = synthesizeStack((stack) => {
      const handler = aNodeFunction(stack, 'Function', ECHO, { onSuccess: new SqsDestination(aQueue(stack, 'Records')) });
      const target = aQueue(stack, 'Target');
      const deadLetterQueue = aQueue(stack, 'DeadLetters');
      aRule(stack, 'FunctionRule', 'permitted').addTarget(new LambdaFunction(handler, { deadLetterQueue }));
      aRule(stack, 'QueueRule', 'permitted').addTarget(new SqsQueue(target, { deadLetterQueue }));
      deadLetterQueue.addToResourcePolicy(sentByEventBridge(deadLetterQueue.queueArn));
      aRuleWithoutPermission(stack, 'OtherFunctionRule', 'function', handler.functionArn, deadLetterQueue.queueArn);
      aRuleWithoutPermission(stack, 'OtherQueueRule', 'queue', target.queueArn, deadLetterQueue.queueArn);
    });
    await withEngine({ auth: true }, async (engine) => {
      const { Records, Target, DeadLetters } = (await deploy(engine, assembly)).outputs('Tiny');

      await putEvent(engine, 'permitted');
      expect(await receiveJson(engine, Records)).toMatchObject({ requestPayload: { source: 'permitted' } });
      expect(await receiveJson(engine, Target)).toMatchObject({ source: 'permitted' });

      for (const source of ['function', 'queue']) {
        await putEvent(engine, source);
        const deadLetter = await receive(engine, DeadLetters);
        expect(JSON.parse(deadLetter.Body!)).toMatchObject({ source });
        expect(attributesOf(deadLetter)).toMatchObject({ ERROR_CODE: 'NO_PERMISSIONS' });
      }
    });
  });

  test('loses events whose dead-letter queue does not allow the rule, and logs that', async () => {
    const assembly = synthesizeStack((stack) => {
      const handler = aNodeFunction(stack, 'Function', ECHO);
      aRuleWithoutPermission(stack, 'Rule', 'function', handler.functionArn, aQueue(stack, 'DeadLetters').queueArn);
    });
    await withEngine({ auth: true }, async (engine) => {
      await deploy(engine, assembly);

      await putEvent(engine, 'function');

      await until(() => /Tiny-DeadLetters\S* does not allow arn:aws:events:\S+:rule\/Tiny-Rule\S* to send/.test(engine.log(1_000)));
    });
  });
});

function aRuleWithoutPermission(stack: Stack, id: string, source: string, targetArn: string, deadLetterQueueArn: string): void {
  const target = { id: 'Target', arn: targetArn, deadLetterConfig: { arn: deadLetterQueueArn } };
  new CfnRule(stack, id, { eventPattern: { source: [source] }, targets: [target] });
}

function sentByEventBridge(queueArn: string): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW, principals: [new ServicePrincipal('events.amazonaws.com')], actions: ['sqs:SendMessage'], resources: [queueArn],
  });
}

function attributesOf({ MessageAttributes = {} }: Awaited<ReturnType<typeof receive>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]));
}
