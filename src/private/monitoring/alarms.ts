import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { TaskAlarmActionOptions } from '../../task-alarms';

const RUNBOOK = 'https://github.com/cdk-task-manager/cdk-task-manager/blob/main/docs/runbook.md';

/** The time over which alarms look at a metric, unless they say so. */
export const PERIOD = Duration.minutes(5);

export interface AlarmDefinition extends Partial<Pick<cloudwatch.AlarmProps,
'comparisonOperator' | 'datapointsToAlarm' | 'evaluationPeriods' | 'treatMissingData'>> {
  readonly metric: cloudwatch.IMetric;
  /** The highest value that is fine, or the lowest one with another comparison. */
  readonly threshold: number;
  /** What the alarm means, as a sentence. */
  readonly meaning: string;
  /** The anchor of the article in the runbook. */
  readonly article: string;
}

/** Alarms below a construct, in the order of their definition. */
export class Alarms {
  public readonly all: cloudwatch.Alarm[] = [];

  constructor(private readonly scope: Construct, private readonly actions: TaskAlarmActionOptions) {}

  public add(id: string, { meaning, article, ...definition }: AlarmDefinition): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(this.scope, id, {
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      // Our metrics and those of idle queues and functions have no values while nothing happens.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      ...definition,
      alarmDescription: `${meaning} See ${RUNBOOK}#${article}`,
    });
    if (this.actions.action) alarm.addAlarmAction(this.actions.action);
    if (this.actions.okAction) alarm.addOkAction(this.actions.okAction);
    this.all.push(alarm);
    return alarm;
  }
}

/** The id of the alarms below their construct. */
export const ALARMS_ID = 'Alarms';
