/**
 * The part of the types of @aws/durable-execution-sdk-js 2.4.0 that the samples of the docs use. The package needs Node.js 22, and this
 * project supports Node.js 20.
 */
declare module '@aws/durable-execution-sdk-js' {
  export interface DurableContext {
    step<TOutput>(name: string | undefined, fn: () => Promise<TOutput>): Promise<TOutput>;
  }

  export function withDurableExecution<TEvent, TResult>(
    handler: (event: TEvent, context: DurableContext) => Promise<TResult>,
  ): (event: unknown, context: unknown) => Promise<unknown>;
}
