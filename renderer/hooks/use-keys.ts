/** Keys that act anywhere in a place. They never act while somebody types, nor under an open dialog. */
import { useEffect, useRef } from 'react';
import { usePreferences } from './preferences.ts';

export type Keys = Readonly<Record<string, () => void>>;

/** Elements that need their letters for themselves. */
const TYPING =
  'input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], [role=listbox], [role=menu]';

function nameOfKey(event: KeyboardEvent): string {
  const control = event.ctrlKey || event.metaKey ? 'Ctrl+' : '';
  const alt = event.altKey ? 'Alt+' : '';
  return control + alt + event.key;
}

export function useKeys(keys: Keys, active = true): void {
  const { letterKeys } = usePreferences();
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    if (!active) return;
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const name = nameOfKey(event);
      const act = latest.current[name];
      if (act === undefined) return;
      if (name.length === 1 && !letterKeys) return;
      if (event.target instanceof Element && event.target.closest(TYPING) !== null) return;
      if (document.querySelector('[role=dialog][data-over]') !== null) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [active, letterKeys]);
}
