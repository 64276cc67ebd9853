import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { ICONS } from './icons';
import { formatPointer } from './json-pointer';
import { Field, Input, InputMembers, inputOf } from './schema';
import { sentence } from './sentence';

type Errors = ReadonlyMap<string, string>;

/** What the API says about the fields, by their pointers. */
export const ErrorsContext = createContext<Errors>(new Map());

interface Props<F extends Field = Field> {
  readonly field: F;
  readonly input: Input;
  /** JSON pointer into the body of the request. It is the id of the element, too. */
  readonly pointer: string;
  /** Missing for the payload itself. */
  readonly label?: string;
  readonly isRequired?: boolean;
  readonly onInput: (input: Input) => void;
}

/** A part of the form. */
export function FieldView(props: Props) {
  const { field } = props;
  if (field.kind === 'object') return <ObjectView {...props} field={field} />;
  if (field.kind === 'array') return <ArrayView {...props} field={field} />;
  return <ValueView {...props} />;
}

function ObjectView({ field, input, pointer, label, isRequired, onInput }: Props<Extract<Field, { kind: 'object' }>>) {
  const members = field.members.map(({ name, isRequired: isMemberRequired, field: member }) => (
    <FieldView
      key={name} field={member} input={(input as InputMembers)[name]} pointer={pointer + formatPointer([name])} label={member.title ?? name}
      isRequired={isMemberRequired} onInput={(value) => onInput({ ...input as InputMembers, [name]: value })}
    />
  ));
  return <Group {...{ field, pointer, label, isRequired }}>{members}</Group>;
}

function ArrayView({ field, input, pointer, label = 'Items', isRequired, onInput }: Props<Extract<Field, { kind: 'array' }>>) {
  const items = input as readonly Input[];
  const change = (index: number, ...values: Input[]) => onInput([...items.slice(0, index), ...values, ...items.slice(index + 1)]);
  const remove = (index: number) => {
    change(index);
    document.getElementById(addId(pointer))?.focus();
  };
  const add = () => {
    onInput([...items, inputOf(field.items)]);
    // It is rendered first.
    setTimeout(() => document.getElementById(`${pointer}/${items.length}`)?.focus());
  };
  return (
    <Group {...{ field, pointer, label, isRequired }}>
      {items.map((item, index) => (
        <div key={index} class="item">
          <FieldView
            field={field.items} input={item} pointer={`${pointer}/${index}`} label={`${label} ${index + 1}`} isRequired
            onInput={(value) => change(index, value)}
          />
          <button
            type="button" class="button icon-only" aria-label={`Remove ${label} ${index + 1}`} title="Remove"
            onClick={() => remove(index)}
          >
            <ICONS.remove />
          </button>
        </div>
      ))}
      {items.length < field.maxItems && (
        <button id={addId(pointer)} type="button" class="button" onClick={add}>
          <ICONS.plus />Add<span class="for-screen-readers"> to {label}</span>
        </button>
      )}
    </Group>
  );
}

interface GroupProps extends Omit<Props, 'input' | 'onInput'> {
  readonly children: preact.ComponentChildren;
}

function Group({ field, pointer, label, isRequired, children }: GroupProps) {
  const errors = useContext(ErrorsContext);
  const texts = <><Texts field={field} pointer={pointer} /><FieldError pointer={pointer} /></>;
  if (!label) return <div id={pointer} tabIndex={-1} class="members">{texts}{children}</div>;
  return (
    <fieldset id={pointer} tabIndex={-1} class="group" aria-describedby={errors.has(pointer) ? errorId(pointer) : undefined}>
      <legend>{label} <Mark isRequired={isRequired} /></legend>
      <div class="members">{texts}{children}</div>
    </fieldset>
  );
}

function ValueView({ field, input, pointer, label = 'Value', isRequired, onInput }: Props) {
  return (
    <div class="field">
      <label for={pointer}>{label} <Mark isRequired={isRequired} /></label>
      <Texts field={field} pointer={pointer} />
      <Control {...{ field, input, pointer, onInput }} />
      <FieldError pointer={pointer} />
    </div>
  );
}

function Control({ field, input, pointer, onInput }: Props) {
  const describing = useDescription(pointer, field);
  const text = typeof input === 'string' ? input : '';
  const shared = { ...describing, id: pointer, autocomplete: 'off', spellcheck: false, placeholder: field.example };
  const onText = (event: { readonly currentTarget: { readonly value: string } }) => onInput(event.currentTarget.value);
  switch (field.kind) {
    case 'choice': return (
      <select {...describing} id={pointer} class="input" value={text} onChange={onText}>
        <option value="">not set</option>
        {field.options.map((option, index) => (
          <option key={index} value={String(index)}>{typeof option === 'string' ? option : JSON.stringify(option)}</option>
        ))}
      </select>
    );
    case 'boolean': return (
      <select
        {...describing} id={pointer} class="input short" value={String(input)}
        onChange={({ currentTarget: { value } }) => onInput(value === '' ? '' : value === 'true')}
      >
        <option value="">not set</option>
        <option value="true">true</option>
        <option value="false">false</option>
      </select>
    );
    case 'number': return <input {...shared} class="input short" inputMode="decimal" value={text} onInput={onText} />;
    case 'json': {
      const rows = Math.min(20, Math.max(5, text.split('\n').length));
      return <textarea {...shared} class="input code" rows={rows} value={text} onInput={onText} />;
    }
    case 'text':
      if (field.format === 'date') return <input {...shared} type="date" class="input short" value={text} onInput={onText} />;
      // An input would lose the line breaks.
      if (text.includes('\n')) return <textarea {...shared} class="input" rows={5} value={text} onInput={onText} />;
      return <input {...shared} class="input" value={text} onInput={onText} />;
    default: throw new Error(`a field of the kind ${field.kind} has no control`);
  }
}

/** What the field is for, and what its values must be like. */
function Texts({ field: { description, hints }, pointer }: Pick<Props, 'field' | 'pointer'>) {
  const parts = [description?.replace(/[^.!?]$/, '$&.'), sentence(hints.join(', '))].filter(Boolean);
  return parts.length > 0 ? <p class="hint" id={hintId(pointer)}>{parts.join(' ')}</p> : null;
}

/** What the API says about a field. */
export function FieldError({ pointer }: { readonly pointer: string }) {
  const error = useContext(ErrorsContext).get(pointer);
  return error === undefined ? null : <p class="field-error" id={errorId(pointer)}><ICONS.FAILED />{error}</p>;
}

/** Attributes that tie a control to its texts. */
export function useDescription(pointer: string, field?: Field): { 'aria-invalid'?: true; 'aria-describedby'?: string } {
  const isInvalid = useContext(ErrorsContext).has(pointer);
  const ids = [
    ...field?.description || field?.hints.length ? [hintId(pointer)] : [],
    ...isInvalid ? [errorId(pointer)] : [],
  ];
  return { 'aria-invalid': isInvalid || undefined, 'aria-describedby': ids.join(' ') || undefined };
}

function Mark({ isRequired }: { readonly isRequired?: boolean }) {
  return isRequired ? <span class="required">required</span> : null;
}

const hintId = (pointer: string) => `hint of ${pointer}`.replaceAll(' ', '-');
const errorId = (pointer: string) => `error of ${pointer}`.replaceAll(' ', '-');
const addId = (pointer: string) => `add to ${pointer}`.replaceAll(' ', '-');
