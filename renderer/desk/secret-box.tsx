/** A box for a PIN or passphrase. It is read when it is sent and then emptied: it is in no state and no store. */
import { useId, type RefObject } from 'react';

interface Props {
  readonly box: RefObject<HTMLInputElement | null>;
  readonly label: string;
  readonly help?: string;
  readonly first?: boolean;
  readonly shown?: boolean;
}

export function SecretBox({ box, label, help, first = false, shown = false }: Props) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        ref={box}
        id={id}
        className="input"
        type={shown ? 'text' : 'password'}
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        autoFocus={first}
        aria-describedby={help === undefined ? undefined : `${id}-help`}
      />
      {help === undefined ? null : (
        <p className="help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
}

/** What is in the boxes, and they are empty. `null`: one of them was empty; the focus is in it. */
export function takeSecrets(...boxes: readonly RefObject<HTMLInputElement | null>[]): string[] | null {
  const values = boxes.map((box) => box.current?.value ?? '');
  const empty = values.indexOf('');
  if (empty !== -1) {
    boxes[empty]?.current?.focus();
    return null;
  }
  for (const box of boxes) if (box.current !== null) box.current.value = '';
  return values;
}
