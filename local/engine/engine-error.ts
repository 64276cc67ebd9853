/** An error whose message is for the user of the engine. Its stack is of no interest. */
export class EngineError extends Error {
  public readonly name = 'EngineError';
}
