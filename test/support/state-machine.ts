import jsonata from 'jsonata';

/** An error of a state. Step Functions also has these two parts. */
export class StateError extends Error {
  constructor(public readonly error: string, public readonly causeText = '') {
    super(`${error}: ${causeText}`);
  }
}

/** Calls a service for a Task state. Throws a `StateError` if the state fails. */
export type Integration = (args: any, state: { readonly timeoutSeconds?: number }) => Promise<unknown>;

export interface ExecutionOptions {
  readonly name: string;
  readonly input: unknown;
  /** Integrations by the ends of their resources, such as `events:putEvents`. */
  readonly integrations: Record<string, Integration>;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Number from 0 to 1, for the jitter of retries. */
  readonly random?: () => number;
}

/** How an execution ended, and the states that it entered. */
export interface ExecutionEnd {
  readonly output?: unknown;
  readonly error?: string;
  readonly states: string[];
}

/** Input, result, output: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_DATA_BYTES = 256 * 1024;

/** Errors that `States.ALL` does not match. */
const NOT_IN_ALL = ['States.DataLimitExceeded', 'States.Runtime'];

/**
 * Runs an execution of a state machine with JSONata, with the part of Amazon States Language that the wrapper uses: Task with Retry and
 * Catch, Choice, Wait and Fail.
 *
 * @see https://states-language.net/
 */
export async function execute(definition: any, options: ExecutionOptions): Promise<ExecutionEnd> {
  const { name, input, integrations, now, sleep, random = () => 1 } = options;
  const states: string[] = [];
  let current: string = definition.StartAt;
  let data: unknown = input;
  for (;;) {
    states.push(current);
    const state = definition.States[current];
    if (!state) throw new Error(`the state machine has no state ${current}`);
    const context = { Execution: { Name: name, Input: input }, State: { Name: current, EnteredTime: new Date(now()).toISOString() } };
    const evaluate = async (template: unknown, more: object = {}) => within(await fill(template, { input: data, context, ...more }));
    switch (state.Type) {
      case 'Fail': return { error: state.Error, states };
      case 'Wait': {
        await sleep(1000 * (await evaluate(state.Seconds) as number));
        current = state.Next;
        break;
      }
      case 'Choice': {
        let rule;
        for (const each of state.Choices) {
          if (!rule && await evaluate(each.Condition)) rule = each;
        }
        if (rule?.Output !== undefined) data = await evaluate(rule.Output);
        current = rule?.Next ?? state.Default;
        break;
      }
      case 'Task': {
        const next = await runTask(state, evaluate, integrations, sleep, random);
        if ('failure' in next) return { error: next.failure, states };
        data = next.output;
        if (next.next === undefined) return { output: data, states };
        current = next.next;
        break;
      }
      default: throw new Error(`states of type ${state.Type} are not supported`);
    }
  }
}

type Evaluate = (template: unknown, more?: object) => Promise<unknown>;

async function runTask(
  state: any, evaluate: Evaluate, integrations: Record<string, Integration>, sleep: (ms: number) => Promise<unknown>, random: () => number,
): Promise<{ output: unknown; next?: string } | { failure: string }> {
  const [, integration] = Object.entries(integrations).find(([resource]) => state.Resource.endsWith(`:${resource}`)) ?? [];
  if (!integration) throw new Error(`no integration for ${state.Resource}`);
  const attempts = new Map<object, number>();
  for (;;) {
    try {
      const timeoutSeconds = state.TimeoutSeconds === undefined ? undefined : await evaluate(state.TimeoutSeconds) as number;
      const result = within(await integration(await evaluate(state.Arguments), { timeoutSeconds }));
      return { output: state.Output === undefined ? result : await evaluate(state.Output, { result }), next: state.Next };
    } catch (thrown) {
      if (!(thrown instanceof StateError)) throw thrown;
      const matches = ({ ErrorEquals }: any) => ErrorEquals.includes(thrown.error)
        || ErrorEquals.includes('States.ALL') && !NOT_IN_ALL.includes(thrown.error);
      const retrier = state.Retry?.find(matches);
      const attempt = attempts.get(retrier) ?? 0;
      if (retrier && attempt < retrier.MaxAttempts) {
        attempts.set(retrier, attempt + 1);
        await sleep(1000 * random() * Math.min(retrier.MaxDelaySeconds, retrier.IntervalSeconds * retrier.BackoffRate ** attempt));
        continue;
      }
      const catcher = state.Catch?.find(matches);
      if (!catcher) return { failure: thrown.error };
      const errorOutput = { Error: thrown.error, Cause: thrown.causeText };
      return { output: catcher.Output === undefined ? errorOutput : await evaluate(catcher.Output, { errorOutput }), next: catcher.Next };
    }
  }
}

function within<T>(data: T): T {
  if (Buffer.byteLength(JSON.stringify(data) ?? '') > MAX_DATA_BYTES) throw new StateError('States.DataLimitExceeded');
  return data;
}

/** Evaluates the expressions in a template. */
async function fill(template: unknown, states: object): Promise<unknown> {
  if (Array.isArray(template)) return Promise.all(template.map((each) => fill(each, states)));
  if (typeof template === 'object' && template !== null) {
    const members = Object.entries(template).map(async ([key, value]) => [key, await fill(value, states)] as const);
    return Object.fromEntries(await Promise.all(members));
  }
  const [, expression] = typeof template === 'string' ? /^\{%(.*)%\}$/s.exec(template) ?? [] : [];
  return expression === undefined ? template : evaluateJsonata(expression, states);
}

const parsed = new Map<string, ReturnType<typeof jsonata>>();

async function evaluateJsonata(text: string, states: object): Promise<unknown> {
  let expression = parsed.get(text);
  if (!expression) {
    expression = jsonata(text);
    // A function that Step Functions adds.
    expression.registerFunction('parse', (json: string) => JSON.parse(json), '<s:j>');
    parsed.set(text, expression);
  }
  let value: unknown;
  try {
    value = await expression.evaluate(undefined, { states });
  } catch (error) {
    throw new StateError('States.QueryEvaluationError', (error as Error).message);
  }
  if (value === undefined) throw new StateError('States.QueryEvaluationError', `an expression returned nothing: ${text}`);
  // Without the properties that JSONata adds to its sequences.
  return JSON.parse(JSON.stringify(value));
}
