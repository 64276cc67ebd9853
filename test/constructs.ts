import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { TaskManager, TaskManagerProps } from '../src';

/** The template of a stack `Stack` with a TaskManager `Tasks`, and nothing else. */
export function templateOf(props?: TaskManagerProps | ((stack: Stack) => TaskManagerProps)): Template {
  const stack = new Stack(new App(), 'Stack');
  new TaskManager(stack, 'Tasks', typeof props === 'function' ? props(stack) : props);
  return Template.fromStack(stack);
}

/** A function as a user would make it. */
export function aFunction(stack: Stack, id = 'Function', props: Partial<lambda.FunctionProps> = {}): lambda.Function {
  return new lambda.Function(stack, id, {
    code: lambda.Code.fromInline('exports.handler = async () => {}'), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X, ...props,
  });
}

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** What the policies of a role, known by the start of its logical id, allow; writing its log aside. */
export function statementsOf(template: Template, role: string): Statement[] {
  return Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref.startsWith(role)))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => !Action.includes('logs:PutLogEvents'));
}
