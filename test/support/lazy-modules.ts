/** Stands in for `client/src/lazy-modules.ts` in jest, whose sandbox has no `import()`. */
import * as liveSocket from '../../client/src/live-socket';

export async function loadLiveSocket() {
  return liveSocket;
}
