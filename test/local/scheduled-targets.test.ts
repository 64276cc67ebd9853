import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule as RuleSchedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { aQueue, receiveJson } from './fixtures/queues';
import { aNodeFunction, synthesizeStack } from './fixtures/tiny-app';
import { deploy } from '../../local/deploy/deploy';
import { withEngine } from '../../local/engine/with-engine';

// Tests our fix of the engine, except for the schedules. It proves nothing about AWS.

jest.setTimeout(180_000);

test('invokes functions asynchronously every minute, by a rule and by a schedule', async () => {
  const assembly = synthesizeStack((stack) => {
    const ruled = aNodeFunction(stack, 'Ruled', ECHO, { onSuccess: new SqsDestination(aQueue(stack, 'OfRule')) });
    new Rule(stack, 'Rule', { schedule: RuleSchedule.rate(Duration.minutes(1)), targets: [new LambdaFunction(ruled)] });

    const scheduled = aNodeFunction(stack, 'Scheduled', ECHO, { onSuccess: new SqsDestination(aQueue(stack, 'OfSchedule')) });
    const target = new LambdaInvoke(scheduled, { input: ScheduleTargetInput.fromObject({ sweep: true }) });
    new Schedule(stack, 'Schedule', { schedule: ScheduleExpression.rate(Duration.minutes(1)), target });
  });

  await withEngine({ auth: true }, async (engine) => {
    const { OfRule, OfSchedule } = (await deploy(engine, assembly)).outputs('Tiny');

    const [ofRule, ofSchedule] = await Promise.all([receiveJson(engine, OfRule), receiveJson(engine, OfSchedule)]);

    expect(ofRule).toMatchObject({ requestPayload: { 'source': 'aws.events', 'detail-type': 'Scheduled Event', 'detail': {} } });
    expect(ofSchedule).toMatchObject({ requestPayload: { sweep: true } });
  });
});

const ECHO = 'exports.handler = async event => event';
