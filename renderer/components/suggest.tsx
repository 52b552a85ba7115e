/** A field to type in, with names to choose from. What is typed need not be one of them. */
import { ChevronDown } from 'lucide-react';
import { useMemo } from 'react';
import {
  Button,
  ComboBox,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
} from 'react-aria-components';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly names: readonly string[];
  /** What the list of names is called. */
  readonly listLabel: string;
  readonly maxLength: number;
  readonly error?: string;
}

/** A name that is typed out is not offered any more: then the list goes, and Enter sends the form. */
function isOffered(name: string, typed: string): boolean {
  return name !== typed && name.toLowerCase().includes(typed.toLowerCase());
}

export function Suggest({ label, value, onChange, names, listLabel, maxLength, error }: Props) {
  const items = useMemo(() => names.map((name) => ({ id: name })), [names]);
  return (
    <ComboBox
      className="field"
      allowsCustomValue
      inputValue={value}
      onInputChange={onChange}
      defaultItems={items}
      defaultFilter={isOffered}
      menuTrigger="input"
      isInvalid={error !== undefined}
      autoFocus
    >
      <Label>{label}</Label>
      <div className="suggest">
        <Input
          className="input"
          maxLength={maxLength}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          dir="auto"
        />
        {names.length === 0 ? null : (
          <Button className="suggest-open">
            <ChevronDown aria-hidden size={20} />
          </Button>
        )}
      </div>
      <FieldError className="field-error">{error}</FieldError>
      <Popover className="popover">
        <ListBox className="list-box" aria-label={listLabel}>
          {(item: { readonly id: string }) => (
            <ListBoxItem className="list-item" textValue={item.id}>
              <bdi>{item.id}</bdi>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
