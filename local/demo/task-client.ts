import { setTimeout as delay } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { Engine } from '../engine';

export interface Task {
  readonly taskId: string;
  readonly status: 'PENDING' | 'RUNNING' | 'SUCCESSFUL' | 'FAILED';
  readonly progress?: { readonly percent: number; readonly message: string };
  readonly result?: { readonly rows: number; readonly url: string };
  readonly error?: { readonly code: string; readonly message: string };
}

/** What a client does: creates a task, then polls it as the server asks. It signs its requests, as it must on AWS. */
export class TaskClient {
  private readonly http: AwsClient;

  constructor(engine: Engine, private readonly apiUrl: string) {
    this.http = new AwsClient({ ...engine.credentials, region: engine.region, service: 'execute-api', retries: 0 });
  }

  public async run(type: string, payload: unknown, onChange: (task: Task) => void): Promise<Task> {
    let response = await this.http.fetch(`${this.apiUrl}tasks`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ type, payload }),
    });
    const location = new URL(response.headers.get('Location') ?? '', response.url);
    for (;;) {
      if (!response.ok) throw new Error(`the API answered ${response.status}: ${await response.text()}`);
      const task = await response.json() as Task;
      onChange(task);
      if (task.status === 'SUCCESSFUL' || task.status === 'FAILED') return task;
      await delay(Number(response.headers.get('Retry-After')) * 1000);
      response = await this.http.fetch(location);
    }
  }
}
