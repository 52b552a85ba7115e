/** One choice out of two to four, all of them in sight. */
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import type { Choice } from './pick.tsx';

interface Props<Key extends string> {
  readonly label: string;
  readonly choices: readonly Choice<Key>[];
  readonly chosen: Key;
  readonly onChoose: (key: Key) => void;
}

export function Segments<Key extends string>({ label, choices, chosen, onChoose }: Props<Key>) {
  return (
    <ToggleButtonGroup
      className="segments"
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[chosen]}
      onSelectionChange={(keys) => {
        const choice = choices.find((one) => keys.has(one.key));
        if (choice !== undefined) onChoose(choice.key);
      }}
    >
      {choices.map((choice) => (
        <ToggleButton key={choice.key} id={choice.key} className="segment">
          {choice.text}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
