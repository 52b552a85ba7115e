/** Any number of choices, as a button that opens a list with ticks. None chosen means all. */
import { Check, ChevronDown } from 'lucide-react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import type { Choice } from './pick.tsx';

interface Props<Key extends string> {
  readonly label: string;
  readonly choices: readonly Choice<Key>[];
  readonly chosen: readonly Key[];
  readonly onChoose: (keys: readonly Key[]) => void;
}

export function PickMany<Key extends string>({ label, choices, chosen, onChoose }: Props<Key>) {
  const words = choices.filter((choice) => chosen.includes(choice.key)).map((choice) => choice.text);
  return (
    <MenuTrigger>
      <Button className={chosen.length > 0 ? 'pick-button picked' : 'pick-button'}>
        <span>{words.length === 0 ? label : `${label}: ${words.join(', ')}`}</span>
        <ChevronDown aria-hidden size={18} />
      </Button>
      <Popover className="popover">
        <Menu
          className="list-box"
          aria-label={label}
          selectionMode="multiple"
          selectedKeys={chosen}
          onSelectionChange={(keys) => {
            const all = choices.map((choice) => choice.key);
            onChoose(keys === 'all' ? all : all.filter((key) => keys.has(key)));
          }}
          items={choices.map((choice) => ({ id: choice.key, ...choice }))}
        >
          {(choice) => (
            <MenuItem className="list-item" textValue={choice.text}>
              {({ isSelected }) => (
                <>
                  <span className="list-tick">{isSelected ? <Check aria-hidden size={18} /> : null}</span>
                  <span>{choice.text}</span>
                </>
              )}
            </MenuItem>
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
