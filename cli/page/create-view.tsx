import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { createWords } from './command';
import { useConsole } from './context';
import { Command } from './copy';
import { ErrorsContext, FieldError, FieldView, useDescription } from './field-view';
import { withChosen } from './filters';
import { useAction, useTitle } from './hooks';
import { formatPointer, parsePointer } from './json-pointer';
import { formatRoute } from './routes';
import { canShow, errorPlace, Field, fieldOf, Input, inputOf, pointersOf, valueOf } from './schema';
import { InvalidInput, TaskApiError } from '../../client/src/errors';

const JSON_FIELD: Field = { kind: 'json', hints: ['any JSON, or nothing'] };

interface Props {
  readonly type?: string;
  /** Task whose payload the form starts with. */
  readonly from?: string;
}

/** Creates a task, with a form that is made of the schema of its type. The API says what is wrong. */
export function CreateView({ type: typeAtFirst, from }: Props) {
  const { settings: { taskTypes }, client, list, announce } = useConsole();
  useTitle('Create task');
  const [type, setType] = useState(typeAtFirst ?? taskTypes?.[0]?.type ?? '');
  const schema = taskTypes?.find((each) => each.type === type)?.payloadSchema;
  const schemaField = useMemo(() => fieldOf(schema), [schema]);
  const hasForm = schemaField.kind !== 'json';
  const [isJson, setJson] = useState(!hasForm);
  const field = isJson ? JSON_FIELD : schemaField;
  const [input, setInput] = useState<Input>(() => inputOf(field));
  const [timeout, setTimeoutText] = useState('');
  const [note, setNote] = useState<string>();
  const [problem, setProblem] = useState<{ readonly title: string; readonly errors: readonly InvalidInput[] }>();
  const summary = useRef<HTMLDivElement>(null);
  const key = useRef<{ readonly body: string; readonly value: string } | undefined>(undefined);

  /** Starts the form anew, with a payload. */
  const start = (newType: string, payload?: unknown) => {
    const newField = fieldOf(taskTypes?.find((each) => each.type === newType)?.payloadSchema);
    const mustBeJson = newField.kind === 'json' || payload !== undefined && !canShow(newField, payload);
    setType(newType);
    setJson(mustBeJson);
    setInput(inputOf(mustBeJson ? JSON_FIELD : newField, payload ?? newField.initial));
    setProblem(undefined);
    setNote(undefined);
  };

  useEffect(() => {
    if (!from) return;
    const controller = new AbortController();
    client.get(from, { signal: controller.signal }).then(
      (task) => start(task.type, task.payload),
      (error) => !controller.signal.aborted && setNote(`The payload of the other task could not be read: ${error.message}`),
    );
    return () => controller.abort();
  }, [from]);

  const { value: payload, errors: typingErrors } = valueOf(field, input, ['payload'], schema !== undefined && !isJson);
  const timeoutSeconds = timeout.trim() === '' ? undefined : Number(timeout);

  const toggleJson = () => {
    setNote(undefined);
    if (!isJson) {
      setInput(inputOf(JSON_FIELD, payload));
      setJson(true);
    } else if (typingErrors.size > 0) {
      setNote('This is not valid JSON yet.');
    } else if (payload !== undefined && !canShow(schemaField, payload)) {
      setNote('The form can\'t show all of this JSON, so it stays JSON.');
    } else {
      setInput(inputOf(schemaField, payload));
      setJson(false);
    }
    setProblem(undefined);
  };

  const fail = (title: string, errors: readonly InvalidInput[] = []) => {
    setProblem({ title, errors });
    // It is rendered first.
    setTimeout(() => summary.current?.focus());
  };

  const { isBusy, run } = useAction(async () => {
    if (typingErrors.size > 0) {
      return fail('some values can\'t be sent', [...typingErrors].map(([pointer, detail]) => ({ pointer, detail })));
    }
    const body = JSON.stringify([type, payload, timeoutSeconds]);
    // The same request has the same key, however often it is sent: it creates one task. Another request is another task.
    if (key.current?.body !== body) key.current = { body, value: crypto.randomUUID() };
    try {
      const idempotencyKey = key.current.value;
      const task = await client.create(type, payload, { taskTimeoutSeconds: timeoutSeconds, idempotencyKey });
      list.learnSummary(task);
      announce('The task is created.');
      location.hash = formatRoute({ view: 'task', taskId: task.taskId });
    } catch (error) {
      if (error instanceof TaskApiError) fail(error.detail ?? error.message, error.errors);
      else fail((error as Error).message);
    }
  });

  const pointers = useMemo(() => new Set(['/type', '/timeoutSeconds', ...pointersOf(field, input, '/payload')]), [field, input]);
  const placed = (problem?.errors ?? []).map(({ pointer, detail, header, parameter }) => {
    const place = pointer && errorPlace(formatPointer(parsePointer(pointer)), detail, pointers);
    // The JSON is one field: its name would say nothing.
    const named = isJson ? pointer : place || pointer;
    return { detail, place, name: named ? parsePointer(named).join('.') : header ?? parameter ?? 'request' };
  });
  const errors = new Map<string, string>();
  for (const { place, detail } of placed) if (place) errors.set(place, [errors.get(place) ?? [], detail].flat().join('; '));

  return (
    <div class="page narrow">
      <h1 tabIndex={-1}>Create task</h1>
      <ErrorsContext.Provider value={errors}>
        <form class="create" noValidate onSubmit={(event) => { event.preventDefault(); void run(); }}>
          {problem && (
            <div class="callout bad" ref={summary} tabIndex={-1} role="alert">
              <p><strong>The task was not created:</strong> {problem.title}</p>
              {placed.length > 0 && (
                <ul>
                  {placed.map(({ detail, name, place }, index) => (
                    <li key={index}>
                      {place
                        ? <button type="button" class="link" onClick={() => document.getElementById(place)?.focus()}>{name}</button>
                        : <code>{name}</code>}: {detail}
                    </li>
                  ))}
                </ul>
              )}
            </div>
          )}
          <TypeField type={type} onType={taskTypes ? start : setType} />
          <fieldset class="payload">
            <legend>Payload</legend>
            {hasForm && (
              <label class="switch"><input type="checkbox" role="switch" checked={isJson} onChange={toggleJson} />Edit as JSON</label>
            )}
            {note && <p class="callout warn" role="alert">{note}</p>}
            <FieldView field={field} input={input} pointer="/payload" label={isJson ? 'JSON' : undefined} onInput={setInput} />
          </fieldset>
          <TimeoutField value={timeout} onValue={setTimeoutText} />
          <div class="buttons">
            <button type="submit" class="button primary" aria-disabled={isBusy}>{isBusy ? 'Creating…' : 'Create task'}</button>
          </div>
        </form>
      </ErrorsContext.Provider>
      <section aria-labelledby="command">
        <h2 id="command">The same in a terminal</h2>
        <Command words={createWords(type || '<type>', payload, timeoutSeconds)} />
      </section>
    </div>
  );
}

function TypeField({ type, onType }: { readonly type: string; readonly onType: (type: string) => void }) {
  const { settings: { taskTypes }, list } = useConsole();
  const describing = useDescription('/type');
  const id = useId();
  return (
    <div class="field">
      <label for="/type">Type <span class="required">required</span></label>
      {taskTypes
        ? (
          <select {...describing} id="/type" class="input" value={type} onChange={(event) => onType(event.currentTarget.value)}>
            {withChosen(taskTypes, type).map((each) => <option key={each} value={each}>{each}</option>)}
          </select>
        )
        : (
          <>
            <input
              {...describing} id="/type" class="input" value={type} list={id} autocomplete="off" spellcheck={false}
              onInput={(event) => onType(event.currentTarget.value)}
            />
            <datalist id={id}>{[...list.types].sort().map((each) => <option key={each} value={each} />)}</datalist>
          </>
        )}
      <FieldError pointer="/type" />
    </div>
  );
}

function TimeoutField({ value, onValue }: { readonly value: string; readonly onValue: (value: string) => void }) {
  const { 'aria-invalid': isInvalid, 'aria-describedby': description } = useDescription('/timeoutSeconds');
  return (
    <div class="field">
      <label for="/timeoutSeconds">Timeout in seconds</label>
      <p class="hint" id="timeout-hint">
        If the task has not ended by then, it fails. Without a value, the timeout of the TaskManager applies.
      </p>
      <input
        id="/timeoutSeconds" class="input short" inputMode="numeric" value={value} autocomplete="off" aria-invalid={isInvalid}
        aria-describedby={['timeout-hint', description].filter(Boolean).join(' ')} onInput={(event) => onValue(event.currentTarget.value)}
      />
      <FieldError pointer="/timeoutSeconds" />
    </div>
  );
}
