import { useConsole } from './context';
import { useAction } from './hooks';
import { ICONS } from './icons';
import { Time } from './time-view';
import type { Task } from '../../client/src/task';

interface Props {
  readonly task: Task;
  readonly now: number;
  readonly show: (task: Task) => void;
}

/** The link to a result in the result bucket. It works for some minutes; then another one can be had. */
export function Download({ task: { taskId, resultUrl, resultUrlExpiresAt }, now, show }: Props) {
  const { client } = useConsole();
  const { isBusy, error, run } = useAction(async () => show(await client.get(taskId)));
  if (!resultUrl) return null;
  const isExpired = resultUrlExpiresAt !== undefined && Date.parse(resultUrlExpiresAt) <= now;
  return (
    <div class="download">
      {isExpired
        ? <button type="button" class="button" aria-disabled={isBusy} onClick={run}>Get a new download link</button>
        : <a class="button primary" href={resultUrl} download rel="noreferrer"><ICONS.download />Download the result</a>}
      <p class="quiet">
        {isExpired ? 'The last one does not work any more.' : 'Everyone who has this link can use it.'}
        {!isExpired && resultUrlExpiresAt && <> It expires <Time at={resultUrlExpiresAt} now={now} />.</>}
      </p>
      {error && <p class="bad" role="alert">{error.message}</p>}
    </div>
  );
}
