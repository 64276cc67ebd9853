/** Loads a file of its own, so that nobody loads it who does not need it. */
export async function loadLiveSocket() {
  return import('./live-socket.js');
}
