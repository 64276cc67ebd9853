import { render } from 'preact';
import { App } from './app';
import { Connection } from './connection';
import { StartFailure } from './start-failure';
import { TaskList } from './task-list';
import { TaskClient } from '../../client/src/task-client';
import type { ConsoleSettings } from '../src/protocol';

async function start(): Promise<void> {
  let settings: ConsoleSettings;
  try {
    const response = await fetch('settings');
    if (!response.ok) throw new Error(`the console answered ${response.status}`);
    settings = await response.json();
  } catch (error) {
    render(<StartFailure error={error as Error} />, document.body);
    return;
  }
  const connection = Connection.open(settings.live);
  const { fetch: send, webSocket } = connection;
  const client = new TaskClient({ url: 'api/', fetch: send, ...settings.live && { webSocket, liveUrl: liveUrl() } });
  const list = new TaskList(client, connection);
  void list.follow();
  render(<App settings={settings} connection={connection} client={client} list={list} />, document.body);
}

function liveUrl(): URL {
  const url = new URL('live', location.href);
  url.protocol = 'ws:';
  return url;
}

void start();
