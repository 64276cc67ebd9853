import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';

/**
 * Returns the target of a rule that sends events to a queue.
 *
 * CDK's own lets every rule of every account send to an encrypted queue, so that a key of another stack does not depend on the rule. Here,
 * the policy of the key contains no rule (`encryption/key-policy.ts`).
 */
export function queueTarget(queue: sqs.IQueue, delivery: targets.TargetBaseProps = {}): events.IRuleTarget {
  return queue.encryptionMasterKey ? new EncryptedQueueTarget(queue, delivery) : new targets.SqsQueue(queue, delivery);
}

class EncryptedQueueTarget implements events.IRuleTarget {
  constructor(private readonly queue: sqs.IQueue, private readonly delivery: targets.TargetBaseProps) {}

  public bind(rule: events.IRuleRef): events.RuleTargetConfig {
    const { deadLetterQueue, maxEventAge, retryAttempts } = this.delivery;
    const ofRule = { ArnEquals: { 'aws:SourceArn': events.CfnRule.arnForRule(rule) } };
    allowEventBridge(this.queue, ofRule);
    if (deadLetterQueue) allowEventBridge(deadLetterQueue, ofRule);
    return {
      arn: this.queue.queueArn,
      targetResource: this.queue,
      deadLetterConfig: deadLetterQueue && { arn: deadLetterQueue.queueArn },
      retryPolicy: retryAttempts !== undefined || maxEventAge
        ? { maximumEventAgeInSeconds: maxEventAge?.toSeconds(), maximumRetryAttempts: retryAttempts }
        : undefined,
    };
  }
}

/** Lets EventBridge send to a queue, on the conditions. An imported queue has a policy of its own. */
export function allowEventBridge(queue: sqs.IQueue, conditions: iam.Conditions): void {
  queue.addToResourcePolicy(new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal('events.amazonaws.com')], actions: ['sqs:SendMessage'], resources: [queue.queueArn], conditions,
  }));
}
