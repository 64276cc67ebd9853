import { useState } from 'preact/hooks';
import { CopyButton } from './copy';
import { isContainer, isShort, JsonPart, partsOf, partsOfGroup, sizeOf } from './json-parts';

/** Longer texts are cut until somebody wants to see all of them. */
const MAX_TEXT = 400;

/** A JSON value that folds. Its folded parts are not in the document, so that large values are no problem. */
export function JsonView({ label, value }: { readonly label: string; readonly value: unknown }) {
  return (
    <div class="json">
      <CopyButton text={() => JSON.stringify(value, undefined, 2)} label={`Copy the ${label}`} />
      <Part part={{ name: '', value }} isOpen />
    </div>
  );
}

function Part({ part, isOpen: isOpenFirst }: { readonly part: JsonPart; readonly isOpen?: boolean }) {
  const { name, value, isGroup } = part;
  const [isOpen, setOpen] = useState(isOpenFirst ?? (!isGroup && isShort(value)));
  if (!isContainer(value) || !isGroup && Object.keys(value).length === 0) {
    return <div class="json-part">{name && <Name name={name} />}<Scalar value={value} /></div>;
  }
  return (
    <details class="json-part" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {isGroup && <span class="json-group">{name}</span>}
        {!isGroup && <>{name && <Name name={name} />}<span class="json-size">{sizeOf(value)}</span></>}
      </summary>
      {isOpen && (
        <div class="json-parts">
          {(isGroup ? partsOfGroup(part) : partsOf(value)).map((child) => <Part key={child.name} part={child} />)}
        </div>
      )}
    </details>
  );
}

function Name({ name }: { readonly name: string }) {
  return <><span class="json-name">{name}</span>{': '}</>;
}

function Scalar({ value }: { readonly value: unknown }) {
  const [isWhole, setWhole] = useState(false);
  if (typeof value !== 'string') return <span class={`json-${typeof value}`}>{JSON.stringify(value)}</span>;
  const isCut = value.length > MAX_TEXT && !isWhole;
  return (
    <span class="json-string">
      {isCut ? `${JSON.stringify(value.slice(0, MAX_TEXT)).slice(0, -1)}…` : JSON.stringify(value)}
      {isCut && (
        <button type="button" class="link" onClick={() => setWhole(true)}>show all {value.length.toLocaleString()} characters</button>
      )}
    </span>
  );
}
