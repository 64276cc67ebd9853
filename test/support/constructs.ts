import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { TaskManager, TaskManagerProps } from '../../src';

/** A stack `Stack` with a TaskManager `Tasks`, and nothing else but what its props need. */
export function aTaskManager(props?: TaskManagerProps | ((stack: Stack) => TaskManagerProps), env?: { account: string; region: string }) {
  const app = new App();
  const stack = new Stack(app, 'Stack', { env });
  const tasks = new TaskManager(stack, 'Tasks', typeof props === 'function' ? props(stack) : props);
  return { app, stack, tasks };
}

/** The template of a stack `Stack` with a TaskManager `Tasks`, and nothing else. */
export function templateOf(props?: TaskManagerProps | ((stack: Stack) => TaskManagerProps)): Template {
  return Template.fromStack(aTaskManager(props).stack);
}

/** A function as a user would make it. */
export function aFunction(stack: Stack, id = 'Function', props: Partial<lambda.FunctionProps> = {}): lambda.Function {
  return new lambda.Function(stack, id, {
    code: lambda.Code.fromInline('exports.handler = async () => {}'), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X, ...props,
  });
}

/** The function of a template that answers the requests of the API. */
export function apiHandlerOf(template: Template): any {
  const [handler] = Object.values(template.findResources('AWS::Lambda::Function', { Properties: { Description: 'Creates tasks and tells how they are doing' } }));
  return handler.Properties;
}

/** The environment variables of that function. */
export function apiVariablesOf(template: Template): Record<string, unknown> {
  return apiHandlerOf(template).Environment.Variables;
}

/** The methods of the API in a template, as `POST /tasks`, with their properties. */
export function methodsOf(template: Template): Record<string, any> {
  const resources = template.findResources('AWS::ApiGateway::Resource');
  const pathOf = (id?: string): string => id === undefined ? '' : `${pathOf(resources[id].Properties.ParentId.Ref)}/${resources[id].Properties.PathPart}`;
  const methods = Object.values(template.findResources('AWS::ApiGateway::Method')).map(({ Properties }) => Properties);
  return Object.fromEntries(methods.map((method) => [`${method.HttpMethod} ${pathOf(method.ResourceId.Ref)}`, method]));
}

/** A text made of parts that are known at deployment only, `arn:{AWS::Partition}:…`. */
export function joined(value: any): string {
  if (typeof value === 'string') return value;
  return value.Ref ? `{${value.Ref}}` : value['Fn::Join'][1].map(joined).join(value['Fn::Join'][0]);
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
