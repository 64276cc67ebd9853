/** What went wrong, in words for whoever runs the engine: the message is all there is to show. */
export class EngineError extends Error {
  public readonly name = 'EngineError';
}
