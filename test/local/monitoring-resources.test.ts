import { CloudWatchClient, DescribeAlarmsCommand, GetDashboardCommand, SetAlarmStateCommand, StateValue } from '@aws-sdk/client-cloudwatch';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Alarm, AlarmRule, AlarmState, CompositeAlarm, Dashboard, Metric, TextWidget, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { LogGroup, QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs';
import { synthesizeStack } from './fixtures/tiny-app';
import { deploy } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { awaitAlarm } from '../support/metrics';

// Tests our fixes of the engine, and behavior that other tests rely on. It proves nothing about AWS.

jest.setTimeout(120_000);

let engine: Engine;
let cloudWatch: CloudWatchClient;

beforeAll(async () => {
  engine = await startEngine();
  cloudWatch = new CloudWatchClient(engine.sdkClientConfig);
});
afterAll(() => engine?.stop());

test('a dashboard is deployed, updated and deleted', async () => {
  const assembly = (text: string) => synthesizeStack((stack) => {
    const dashboard = new Dashboard(stack, 'Dashboard', { widgets: [[new TextWidget({ markdown: text })]] });
    new CfnOutput(stack, 'Name', { value: dashboard.dashboardName });
  }, 'Dashboards');
  const textOf = async (DashboardName: string) => {
    const { DashboardBody } = await cloudWatch.send(new GetDashboardCommand({ DashboardName }));
    return JSON.parse(DashboardBody!).widgets[0].properties.markdown;
  };

  const { Name } = (await deploy(engine, assembly('before'))).outputs('Dashboards');
  expect(await textOf(Name)).toBe('before');
  const updated = await deploy(engine, assembly('after'));
  expect(updated.outputs('Dashboards').Name).toBe(Name);
  expect(await textOf(Name)).toBe('after');

  await updated.destroy();
  await expect(textOf(Name)).rejects.toThrow('does not exist');
});

test('a saved query is deployed, updated and deleted', async () => {
  const assembly = (field: string) => synthesizeStack((stack) => {
    const query = new QueryDefinition(stack, 'Query', {
      queryDefinitionName: 'Tasks/Life of a task',
      queryString: new QueryString({ fields: [field], sort: '@timestamp asc' }),
      logGroups: [new LogGroup(stack, 'Log', { logGroupName: 'tasks' })],
    });
    new CfnOutput(stack, 'Id', { value: query.queryDefinitionId });
  }, 'Queries');
  const found = async (prefix: string) => {
    const response = await fetch(engine.url, {
      method: 'POST',
      headers: { 'X-Amz-Target': 'Logs_20140328.DescribeQueryDefinitions', 'Content-Type': 'application/x-amz-json-1.1' },
      body: JSON.stringify({ queryDefinitionNamePrefix: prefix }),
    });
    return ((await response.json()) as { queryDefinitions: object[] }).queryDefinitions;
  };

  const { Id } = (await deploy(engine, assembly('before'))).outputs('Queries');
  expect(await found('Tasks/')).toEqual([{
    queryDefinitionId: Id, name: 'Tasks/Life of a task', queryString: 'fields before\n| sort @timestamp asc', logGroupNames: ['tasks'],
  }]);
  expect(await found('Other/')).toEqual([]);
  const updated = await deploy(engine, assembly('after'));
  expect(await found('Tasks/')).toMatchObject([{ queryDefinitionId: Id, queryString: 'fields after\n| sort @timestamp asc' }]);

  await updated.destroy();
  expect(await found('')).toEqual([]);
});

test('a composite alarm follows the alarms of its rule', async () => {
  const assembly = (name: string) => synthesizeStack((stack) => {
    const [one, other] = ['One', 'Other'].map((id) => anAlarm(stack, id));
    const alarm = new CompositeAlarm(stack, 'Composite', {
      compositeAlarmName: name,
      alarmRule: AlarmRule.anyOf(AlarmRule.fromAlarm(one, AlarmState.ALARM), AlarmRule.fromAlarm(other, AlarmState.ALARM)),
    });
    new CfnOutput(stack, 'CompositeArn', { value: alarm.alarmArn });
  }, 'Composites');
  const names = async () => {
    const { CompositeAlarms } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmTypes: ['CompositeAlarm'] }));
    return CompositeAlarms!.map(({ AlarmName }) => AlarmName);
  };
  const set = (AlarmName: string, state: StateValue) => (
    cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: state, StateReason: 'a test' }))
  );

  const { CompositeArn } = (await deploy(engine, assembly('composite'))).outputs('Composites');
  expect(CompositeArn).toMatch(/:alarm:composite$/);
  await awaitAlarm(cloudWatch, 'composite', 'OK');
  await set('Other', 'ALARM');
  await awaitAlarm(cloudWatch, 'composite', 'ALARM');
  await set('Other', 'OK');
  await awaitAlarm(cloudWatch, 'composite', 'OK');

  const renamed = await deploy(engine, assembly('renamed'));
  expect(await names()).toEqual(['renamed']);
  await renamed.destroy();
  expect(await names()).toEqual([]);
});

/** An alarm that stays in the state that a test sets: it ignores missing data, and there are no others. */
function anAlarm(stack: Stack, id: string): Alarm {
  const metric = new Metric({ namespace: 'Test', metricName: 'Nothing' });
  const treatMissingData = TreatMissingData.IGNORE;
  return new Alarm(stack, id, { alarmName: id, metric, threshold: 1, evaluationPeriods: 1, treatMissingData });
}
