/** One choice out of a few, as a button that opens a list. */
import { Check, ChevronDown } from 'lucide-react';
import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue } from 'react-aria-components';

export interface Choice<Key extends string> {
  readonly key: Key;
  readonly text: string;
}

interface Props<Key extends string> {
  readonly label: string;
  readonly choices: readonly Choice<Key>[];
  readonly chosen: Key;
  readonly onChoose: (key: Key) => void;
  /** The label is read out but not shown, where the choice says what it is about. */
  readonly quietLabel?: boolean;
  readonly onOpen?: () => void;
}

export function Pick<Key extends string>(props: Props<Key>) {
  const { label, choices, chosen, onChoose, quietLabel = false, onOpen } = props;
  return (
    <Select
      className="pick"
      value={chosen}
      onChange={(key) => {
        const choice = choices.find((one) => one.key === key);
        if (choice !== undefined) onChoose(choice.key);
      }}
      onOpenChange={(open) => {
        if (open) onOpen?.();
      }}
    >
      <Label className={quietLabel ? 'unseen' : ''}>{label}</Label>
      <Button className="pick-button">
        <SelectValue>{({ selectedText }) => selectedText}</SelectValue>
        <ChevronDown aria-hidden size={18} />
      </Button>
      <Popover className="popover">
        <ListBox className="list-box" items={choices.map((choice) => ({ id: choice.key, ...choice }))}>
          {(choice) => (
            <ListBoxItem className="list-item" textValue={choice.text}>
              {({ isSelected }) => (
                <>
                  <span className="list-tick">{isSelected ? <Check aria-hidden size={18} /> : null}</span>
                  <span>{choice.text}</span>
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
