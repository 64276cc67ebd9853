import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { TaskManager, TaskManagerProps } from '../../src';

/** Returns a stack `Stack` with a TaskManager `Tasks`. */
export function aTaskManager(props?: TaskManagerProps | ((stack: Stack) => TaskManagerProps), env?: { account: string; region: string }) {
  const app = new App();
  const stack = new Stack(app, 'Stack', { env });
  const tasks = new TaskManager(stack, 'Tasks', typeof props === 'function' ? props(stack) : props);
  return { app, stack, tasks };
}

/** Returns the template of a stack `Stack` with a TaskManager `Tasks`. */
export function templateOf(props?: TaskManagerProps | ((stack: Stack) => TaskManagerProps)): Template {
  return Template.fromStack(aTaskManager(props).stack);
}

/** Returns a function of the user. */
export function aFunction(stack: Stack, id = 'Function', props: Partial<lambda.FunctionProps> = {}): lambda.Function {
  return new lambda.Function(stack, id, {
    code: lambda.Code.fromInline('exports.handler = async () => {}'),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    timeout: Duration.seconds(30),
    ...props,
  });
}

/** Returns the properties of the function that answers the requests to the API. */
export function apiHandlerOf(template: Template): any {
  const [handler] = Object.values(template.findResources('AWS::Lambda::Function', { Properties: { Description: 'Creates, returns, lists and cancels tasks' } }));
  return handler.Properties;
}

/** Returns the directory of the deployed code of a function, by default the one that answers the requests to the API. */
export function codeOf(assembly: CloudAssembly, stack: Stack, handler: any = apiHandlerOf(Template.fromStack(stack))): string {
  const { files } = JSON.parse(readFileSync(path.join(assembly.directory, `${stack.artifactId}.assets.json`), 'utf8'));
  return path.join(assembly.directory, files[handler.Code.S3Key.replace('.zip', '')].source.path);
}

/** Returns the environment variables of that function. */
export function apiVariablesOf(template: Template): Record<string, unknown> {
  return apiHandlerOf(template).Environment.Variables;
}

/** Returns the properties of the API's methods, by method and path, such as `POST /tasks`. */
export function methodsOf(template: Template): Record<string, any> {
  const resources = template.findResources('AWS::ApiGateway::Resource');
  const pathOf = (id?: string): string => id === undefined ? '' : `${pathOf(resources[id].Properties.ParentId.Ref)}/${resources[id].Properties.PathPart}`;
  const methods = Object.values(template.findResources('AWS::ApiGateway::Method')).map(({ Properties }) => Properties);
  return Object.fromEntries(methods.map((method) => [`${method.HttpMethod} ${pathOf(method.ResourceId.Ref)}`, method]));
}

/** Returns a joined string, with references in braces: `arn:{AWS::Partition}:…`. */
export function joined(value: any): string {
  if (typeof value === 'string') return value;
  return value.Ref ? `{${value.Ref}}` : value['Fn::Join'][1].map(joined).join(value['Fn::Join'][0]);
}

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Returns the statements of the policies of a role, except those about logs. `role` is the start of its logical id. */
export function statementsOf(template: Template, role: string): Statement[] {
  return Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref.startsWith(role)))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => !Action.includes('logs:PutLogEvents'));
}
