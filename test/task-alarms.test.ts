import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { App, CfnElement, Duration, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { IQueue } from 'aws-cdk-lib/aws-sqs';
import { TaskAlarmOptions, TaskEndpoint, TaskManager, TaskManagerProps, TaskProcessor } from '../src';
import { PROJECT } from './support/command';
import { aFunction, aTaskManager, templateOf } from './support/constructs';
import { BELOW_RESOURCE, BELOW_RESOURCE_OF_ANOTHER_STACK } from './support/endpoint-kinds';
import { anchorsOf } from './support/page-anchors';
import { aStateMachineProcessor } from './support/wrapper';

const RUNBOOK = 'https://github.com/cdk-task-manager/cdk-task-manager/blob/main/docs/runbook.md';

/** A TaskManager that has all kinds of alarms. */
const withKey = (stack: Stack): TaskManagerProps => ({ encryptionKey: new kms.Key(stack, 'Key') });

function alarmsOf(options?: TaskAlarmOptions, props: Parameters<typeof aTaskManager>[0] = withKey) {
  const { stack, tasks } = aTaskManager(props);
  return { stack, tasks, alarms: tasks.createAlarms(options) };
}

/** Returns the properties of alarms in the template, by the ids of the alarms. */
function propertiesOf({ all }: { all: cloudwatch.Alarm[] }): Record<string, any> {
  const stack = Stack.of(all[0]);
  const resources = Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm');
  return Object.fromEntries(all.map(({ node }) => [node.id, resources[stack.getLogicalId(node.defaultChild as CfnElement)].Properties]));
}

/** What a metric of a function or of a queue has. */
const metricOf = (resource: IFunction | IQueue) => {
  const [Namespace, Name, Value] = 'functionName' in resource
    ? ['AWS/Lambda', 'FunctionName', resource.functionName]
    : ['AWS/SQS', 'QueueName', resource.queueName];
  return { Namespace, Dimensions: [{ Name, Value: Stack.of(resource).resolve(Value) }] };
};

/** What an alarm has that looks at a statistic of each five minutes. */
const over5Minutes = (Statistic: string) => ({ Statistic, Period: 300 });

/** What an alarm has that goes to ALARM above a threshold, once it is exceeded, and is OK without data. */
const over = (threshold: number) => (
  { Threshold: threshold, ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1, TreatMissingData: 'notBreaching' }
);

describe('the alarm', () => {
  const { tasks, alarms } = alarmsOf();
  const properties = propertiesOf(alarms);

  test.each([
    ['StatusPublisherDeadLetters', 'statusPublisherDeadLetterQueue'],
    ['StatusUpdaterDeadLetters', 'statusUpdaterDeadLetterQueue'],
    ['UndeliveredDeadLetters', 'undeliveredDeadLetterQueue'],
    ['EventBusDeadLetters', 'eventBusDeadLetterQueue'],
  ] as const)('%s is about one message in %s', (id, queue) => {
    expect(properties[id]).toMatchObject({
      ...metricOf(tasks[queue]!), MetricName: 'ApproximateNumberOfMessagesVisible', ...over5Minutes('Maximum'), ...over(0),
    });
  });

  test.each([['UpdaterLag', 'statusUpdaterQueue'], ['UndeliveredLag', 'undeliveredQueue']] as const)(
    '%s is about messages that are in %s for more than five minutes, during five minutes', (id, queue) => {
      expect(properties[id]).toMatchObject({
        ...metricOf(tasks[queue]!), MetricName: 'ApproximateAgeOfOldestMessage', ...over5Minutes('Minimum'), ...over(300),
      });
    },
  );

  test('MissingSweeps goes to ALARM if the sweeper has no invocations for 15 minutes', () => {
    expect(properties.MissingSweeps).toMatchObject({
      ...metricOf(tasks.sweeper),
      MetricName: 'Invocations',
      ...over5Minutes('Sum'),
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    });
  });

  test('MissingSweeps is created after the rule that starts the sweep', () => {
    const stack = Stack.of(tasks);
    const [alarm] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm', { Properties: { MetricName: 'Invocations' } }));
    expect(alarm.DependsOn).toContain(stack.getLogicalId(tasks.sweeperRule.node.defaultChild as CfnElement));
  });

  test('FailingSweeps is about three failed sweeps of five', () => {
    expect(properties.FailingSweeps).toMatchObject({
      ...metricOf(tasks.sweeper), MetricName: 'Errors', ...over5Minutes('Sum'), ...over(2),
    });
  });

  test('OverdueTasks is about checks that are due for more than five minutes', () => {
    expect(properties.OverdueTasks).toMatchObject({
      Namespace: 'CdkTaskManager',
      MetricName: 'OldestOverdueCheckAge',
      Dimensions: [{ Name: 'TaskManager', Value: tasks.eventSource }],
      ...over5Minutes('Maximum'),
      ...over(300),
    });
  });

  test('PublisherLag is about the age of records of the stream, in seconds', () => {
    expect(properties.PublisherLag).toMatchObject({
      Metrics: [
        { Expression: 'age / 1000', ReturnData: true },
        {
          Id: 'age',
          ReturnData: false,
          MetricStat: { Metric: { ...metricOf(tasks.statusPublisher), MetricName: 'IteratorAge' }, Stat: 'Maximum', Period: 300 },
        },
      ],
      ...over(300),
    });
  });

  test('Throttles is about all functions together', () => {
    expect(properties.Throttles).toMatchObject({ ...over(5), EvaluationPeriods: 3, DatapointsToAlarm: 2 });
    const [{ Expression }, ...metrics] = properties.Throttles.Metrics;
    expect(Expression).toBe('FILL(api, 0) + FILL(publisher, 0) + FILL(reader, 0) + FILL(updater, 0) + FILL(sweeper, 0)');
    const functions = { api: 'apiHandler', publisher: 'statusPublisher', reader: 'statusReader', updater: 'statusUpdater', sweeper: 'sweeper' } as const;
    expect(metrics).toEqual(Object.entries(functions).map(([Id, name]) => ({
      Id, ReturnData: false, MetricStat: { Metric: { MetricName: 'Throttles', ...metricOf(tasks[name]!) }, Stat: 'Sum', Period: 300 },
    })));
  });

  test('FailureRate is about failed and successful tasks of 15 minutes', () => {
    const [{ Expression }, ...metrics] = properties.FailureRate.Metrics;
    expect(Expression).toBe('IF(failed >= 5, 100 * failed / (failed + FILL(succeeded, 0)), 0)');
    expect(metrics).toEqual([['failed', 'TasksFailed'], ['succeeded', 'TasksSucceeded']].map(([Id, MetricName]) => ({
      Id,
      ReturnData: false,
      MetricStat: {
        Metric: { Namespace: 'CdkTaskManager', MetricName, Dimensions: [{ Name: 'TaskManager', Value: tasks.eventSource }] }, Stat: 'Sum', Period: 900,
      },
    })));
    expect(properties.FailureRate).toMatchObject(over(10));
  });
});

describe('the failure rate', () => {
  /** Evaluates the expression of the alarm. A metric without data is undefined. */
  function rateOf(failed: number | undefined, succeeded: number | undefined, options?: TaskAlarmOptions): number | undefined {
    const [{ Expression }] = propertiesOf(alarmsOf(options).alarms).FailureRate.Metrics;
    const IF = (condition: boolean, one: number, other: number) => condition ? one : other;
    const FILL = (value: number | undefined, other: number) => value ?? other;
    return new Function('failed', 'succeeded', 'IF', 'FILL', `return ${Expression}`)(failed, succeeded, IF, FILL);
  }

  test.each([
    ['no tasks', undefined, undefined, 0],
    ['1 of 1', 1, undefined, 0],
    ['1 of 10', 1, 9, 0],
    ['4 of 4', 4, undefined, 0],
    ['5 of 5', 5, undefined, 100],
    ['5 of 20', 5, 15, 25],
    ['5 of 50', 5, 45, 10],
    ['0 of 20', 0, 20, 0],
  ])('of %s', (_, failed, succeeded, rate) => {
    expect(rateOf(failed, succeeded)).toBe(rate);
  });

  test('counts from minFailures', () => {
    expect(rateOf(1, 9, { minFailures: 1 })).toBe(10);
    expect(rateOf(9, 1, { minFailures: 10 })).toBe(0);
  });
});

describe('ServerErrors', () => {
  const errorsOf = (props: Parameters<typeof aTaskManager>[0]) => {
    const { stack, tasks, alarms } = alarmsOf(undefined, props);
    return { stack, tasks, properties: propertiesOf(alarms).ServerErrors };
  };
  const every = { ...over5Minutes('Sum'), ...over(5), EvaluationPeriods: 3, DatapointsToAlarm: 2 };

  test('are those of the stage of a REST API', () => {
    const { stack, tasks, properties } = errorsOf({});
    expect(properties).toMatchObject({
      Namespace: 'AWS/ApiGateway',
      MetricName: '5XXError',
      Dimensions: [
        { Name: 'ApiName', Value: tasks.restApi!.restApiName }, { Name: 'Stage', Value: stack.resolve(tasks.restApi!.deploymentStage.stageName) },
      ],
      ...every,
    });
  });

  test('are those of the stage of an HTTP API', () => {
    const { stack, tasks, properties } = errorsOf({ endpoint: TaskEndpoint.httpApi() });
    expect(properties).toMatchObject({
      Namespace: 'AWS/ApiGateway',
      MetricName: '5xx',
      Dimensions: [{ Name: 'ApiId', Value: stack.resolve(tasks.httpApi!.apiId) }, { Name: 'Stage', Value: '$default' }],
      ...every,
    });
  });

  test.each([BELOW_RESOURCE, BELOW_RESOURCE_OF_ANOTHER_STACK])('are those of the function with $name', ({ endpoint }) => {
    const { tasks, properties } = errorsOf((stack) => ({ endpoint: endpoint(stack, 1) }));
    expect(properties).toMatchObject({ ...metricOf(tasks.apiHandler), MetricName: 'Errors', ...every });
  });
});

describe('options', () => {
  test('change thresholds', () => {
    const properties = propertiesOf(alarmsOf({
      maxFailurePercent: 20, maxOverdueAge: Duration.minutes(10), maxLag: Duration.hours(1), maxServerErrors: 0, maxThrottles: 100,
    }).alarms);
    const thresholds = Object.fromEntries(Object.entries(properties).map(([id, { Threshold }]) => [id, Threshold]));
    expect(thresholds).toMatchObject({
      FailureRate: 20, OverdueTasks: 600, PublisherLag: 3600, UpdaterLag: 3600, UndeliveredLag: 3600, ServerErrors: 0, Throttles: 100,
    });
  });

  test('give all alarms actions', () => {
    const { stack, tasks } = aTaskManager();
    const [alert, relief] = ['Alert', 'Relief'].map((id) => new sns.Topic(stack, id));

    const alarms = tasks.createAlarms({ action: new SnsAction(alert), okAction: new SnsAction(relief) });

    for (const properties of Object.values(propertiesOf(alarms))) {
      expect(properties).toMatchObject({ AlarmActions: [stack.resolve(alert.topicArn)], OKActions: [stack.resolve(relief.topicArn)] });
    }
  });

  test('may be left out: the alarms then do nothing', () => {
    for (const properties of Object.values(propertiesOf(alarmsOf().alarms))) {
      expect(properties.AlarmActions).toBeUndefined();
      expect(properties.OKActions).toBeUndefined();
    }
  });

  test.each<[TaskAlarmOptions, string]>([
    [{ maxFailurePercent: 100 }, 'maxFailurePercent must be a whole number from 0 to 99, got 100'],
    [{ minFailures: 0 }, 'minFailures must be a whole number from 1 to 1000000, got 0'],
    [{ maxOverdueAge: Duration.minutes(1) }, 'maxOverdueAge must be from 2 minutes to 1 day, in whole seconds, got 1 minute'],
    [{ maxLag: Duration.hours(21) }, 'maxLag must be from 1 minute to 20 hours, in whole seconds, got 21 hours'],
    [{ maxServerErrors: -1 }, 'maxServerErrors must be a whole number from 0 to 1000000, got -1'],
    [{ maxThrottles: 1.5 }, 'maxThrottles must be a whole number from 0 to 1000000, got 1.5'],
  ])('are validated: %j', (options, message) => {
    expect(() => alarmsOf(options)).toThrow(message);
  });

  test('can be Tokens', () => {
    const token = (name: string) => Token.asNumber({ Ref: name });
    const properties = propertiesOf(alarmsOf({
      maxFailurePercent: token('Percent'), minFailures: token('Failures'), maxLag: Duration.seconds(token('Lag')), maxOverdueAge: Duration.seconds(token('Age')),
    }).alarms);
    expect(properties.FailureRate.Threshold).toEqual({ Ref: 'Percent' });
    expect(properties.FailureRate.Metrics[0].Expression).toEqual({
      'Fn::Join': ['', ['IF(failed >= ', { Ref: 'Failures' }, ', 100 * failed / (failed + FILL(succeeded, 0)), 0)']],
    });
    expect(properties.PublisherLag.Threshold).toEqual({ Ref: 'Lag' });
    expect(properties.OverdueTasks.Threshold).toEqual({ Ref: 'Age' });
  });
});

describe('the alarms of a TaskManager', () => {
  test('are created once', () => {
    const { tasks } = alarmsOf();
    expect(() => tasks.createAlarms()).toThrow('createAlarms() must be called only once for Stack/Tasks, got a second call: use what the first call returned');
  });

  test('are not created unless they are asked for', () => {
    templateOf(withKey).resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  test('keep their ids and their order', () => {
    const { tasks, alarms } = alarmsOf();
    expect(alarms.node.path).toBe(`${tasks.node.path}/Alarms`);
    expect(alarms.all.map(({ node }) => node.id)).toEqual([
      'MissingSweeps', 'FailingSweeps', 'OverdueTasks', 'PublisherLag', 'UpdaterLag', 'UndeliveredLag', 'ServerErrors', 'Throttles', 'FailureRate',
      'StatusPublisherDeadLetters', 'StatusUpdaterDeadLetters', 'UndeliveredDeadLetters', 'EventBusDeadLetters',
    ]);
  });

  test('are all exposed', () => {
    const { alarms } = alarmsOf();
    expect(exposedBy(alarms)).toEqual(alarms.all);
  });

  test('have none for the dead letters of a bus without a key', () => {
    const { alarms } = alarmsOf(undefined, {});
    expect(alarms.eventBusDeadLetters).toBeUndefined();
    expect(alarms.all).toHaveLength(12);
  });

  test('have no physical names', () => {
    for (const properties of Object.values(propertiesOf(alarmsOf().alarms))) expect(properties.AlarmName).toBeUndefined();
  });

  test('of two TaskManagers of a stack do not collide', () => {
    const { stack } = alarmsOf();
    new TaskManager(stack, 'Others').createAlarms();
    Template.fromStack(stack).resourceCountIs('AWS::CloudWatch::Alarm', 25);
  });
});

/** Returns the alarms that are members of a construct, in the order of their ids in `all`. */
function exposedBy(alarms: { readonly all: cloudwatch.Alarm[] }): cloudwatch.Alarm[] {
  const isAlarm = (entry: [string, unknown]): entry is [string, cloudwatch.Alarm] => entry[1] instanceof cloudwatch.Alarm;
  const members = Object.entries<unknown>({ ...alarms }).filter(isAlarm);
  for (const [name, { node }] of members) expect(node.id.toLowerCase()).toBe(name.toLowerCase());
  return members.map(([, alarm]) => alarm).sort((one, other) => alarms.all.indexOf(one) - alarms.all.indexOf(other));
}

describe('the alarms of a processor', () => {
  const queued = () => {
    const { stack, tasks } = aTaskManager();
    return new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'export', handler: aFunction(stack), maxConcurrency: 2 });
  };
  const long = () => aStateMachineProcessor().processor;

  test('of a function are about its reporter', () => {
    const { stack, tasks } = aTaskManager();
    const processor = new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'export', handler: aFunction(stack) });

    const alarms = processor.createAlarms();

    expect(propertiesOf(alarms)).toEqual({
      ReporterErrors: expect.objectContaining({
        ...metricOf(processor.reporter),
        MetricName: 'Errors',
        ...over5Minutes('Sum'),
        ...over(0),
      }),
    });
    expect(exposedBy(alarms)).toEqual(alarms.all);
  });

  test('of a queued function are also about dead letters that stay', () => {
    const processor = queued();

    const alarms = processor.createAlarms();

    expect(alarms.all.map(({ node }) => node.id)).toEqual(['ReporterErrors', 'StuckDeadLetters']);
    expect(exposedBy(alarms)).toEqual(alarms.all);
    const numberOf = (Id: string, kind: string) => ({
      Id,
      ReturnData: false,
      MetricStat: {
        Metric: { ...metricOf(processor.deadLetterQueue!), MetricName: `ApproximateNumberOfMessages${kind}` }, Stat: 'Maximum', Period: 60,
      },
    });
    expect(propertiesOf(alarms).StuckDeadLetters).toMatchObject({
      Metrics: [{ Expression: 'visible + hidden', ReturnData: true }, numberOf('visible', 'Visible'), numberOf('hidden', 'NotVisible')],
      ...over(0),
      EvaluationPeriods: 10,
    });
  });

  test('of long work are also about its start and its stop', () => {
    const processor = long();

    const alarms = processor.createAlarms();

    expect(alarms.all.map(({ node }) => node.id)).toEqual(['ReporterErrors', 'StuckDeadLetters', 'StarterErrors', 'StopDeadLetters']);
    expect(exposedBy(alarms)).toEqual(alarms.all);
    const { StarterErrors, StopDeadLetters } = propertiesOf(alarms);
    expect(StarterErrors).toMatchObject({
      ...metricOf(processor.starter),
      MetricName: 'Errors',
      ...over5Minutes('Sum'),
      ...over(2),
    });
    expect(StopDeadLetters).toMatchObject({
      ...metricOf(processor.stopDeadLetterQueue),
      MetricName: 'ApproximateNumberOfMessagesVisible',
      ...over5Minutes('Maximum'),
      ...over(0),
    });
  });

  test('have actions', () => {
    const processor = long();
    const stack = Stack.of(processor);
    const topic = new sns.Topic(stack, 'Topic');

    const alarms = processor.createAlarms({ action: new SnsAction(topic), okAction: new SnsAction(topic) });

    for (const properties of Object.values(propertiesOf(alarms))) {
      expect(properties).toMatchObject({ AlarmActions: [stack.resolve(topic.topicArn)], OKActions: [stack.resolve(topic.topicArn)] });
    }
  });

  test('are created once', () => {
    const processor = queued();
    processor.createAlarms();
    expect(() => processor.createAlarms()).toThrow('createAlarms() must be called only once for Stack/Export, got a second call');
  });

  test('are not created unless they are asked for', () => {
    Template.fromStack(Stack.of(long())).resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });
});

describe('the description of', () => {
  const all = [alarmsOf().alarms, aStateMachineProcessor().processor.createAlarms()].flatMap((alarms) => (
    Object.entries(propertiesOf(alarms)).map(([id, { AlarmDescription }]): [string, string] => [id, AlarmDescription])
  ));
  const runbook = readFileSync(path.join(PROJECT, 'docs', 'runbook.md'), 'utf8');
  const articles = anchorsOf(runbook);

  test.each(all)('%s is a sentence and a link to its article', (id, description) => {
    const [, sentence, link, anchor] = /^([A-Z][^.]+\.) See ((?:[^#]+)#(.+))$/.exec(description)!;
    expect(sentence.length).toBeLessThan(200);
    expect(link).toBe(`${RUNBOOK}#${anchor}`);
    expect(articles).toContain(anchor);
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    expect(description.length).toBeLessThanOrEqual(1024);
    // The table at the top of the runbook.
    expect(runbook).toContain(`| \`${id}\` |`);
  });
});

describe('docs/operate.md', () => {
  const readPage = (name: string) => readFileSync(path.join(PROJECT, 'docs', name), 'utf8');
  const page = readPage('operate.md');

  /** Returns how many metrics alarms look at. */
  const metricsOf = (properties: any[]) => (
    properties.flatMap((alarm) => alarm.Metrics?.filter(({ MetricStat }: any) => MetricStat) ?? [alarm]).length
  );

  /** Returns what metrics cost a month, in USD: https://aws.amazon.com/cloudwatch/pricing/ */
  const priceOf = (metrics: number) => `${(metrics * 0.1).toFixed(2)} USD`;

  test('and docs/cost-and-scale.md say what the alarms cost', () => {
    const [plain, encrypted] = [{}, withKey].map((props) => metricsOf(Object.values(propertiesOf(alarmsOf(undefined, props).alarms))));
    expect(page).toContain(`They cost ${priceOf(plain)} a month**, with an \`encryptionKey\` ${priceOf(encrypted)}`);
    expect(readPage('cost-and-scale.md')).toMatch(new RegExp(`createAlarms\\(\\)\`: ${plain} metrics .*\\| ${priceOf(plain)} \\|`));
  });

  test('says what the alarms of processors cost', () => {
    for (const [id, properties] of Object.entries(propertiesOf(aStateMachineProcessor().processor.createAlarms()))) {
      expect(page).toMatch(new RegExp(`^\\| \`${id}\` \\|.*\\| ${priceOf(metricsOf([properties]))} \\|$`, 'im'));
    }
  });

  test('lists each alarm', () => {
    const { alarms } = alarmsOf();
    for (const { node } of alarms.all) expect(page).toMatch(new RegExp(`^\\| \`${node.id}\` \\|`, 'im'));
  });
});

test('an imported TaskManager has no alarms', () => {
  const imported = TaskManager.fromTaskManagerAttributes(new Stack(new App(), 'Stack'), 'Tasks', {
    eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/Bus',
    eventSource: 'task-manager.Other.Tasks-12345678',
    undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:Undelivered',
  });
  expect(imported).not.toHaveProperty('createAlarms');
});
