import { taskResultKeyPrefix } from '../../protocol/wire';

/** The random part of a key. It has no slashes and is no dot segment, so that no URL leads to another object. */
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

/** Returns whether a key of the result bucket is one of this task. */
export function isResultKey(key: unknown, { type, taskId }: { readonly type: string; readonly taskId: string }): key is string {
  const prefix = taskResultKeyPrefix(type, taskId);
  return typeof key === 'string' && key.startsWith(prefix) && NAME.test(key.slice(prefix.length));
}
