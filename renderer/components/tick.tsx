import type { ReactNode } from 'react';
import { Checkbox } from 'react-aria-components';
import { Check } from 'lucide-react';

interface Props {
  readonly chosen: boolean;
  readonly onChange: (chosen: boolean) => void;
  readonly children: ReactNode;
  readonly disabled?: boolean;
}

export function Tick({ chosen, onChange, children, disabled = false }: Props) {
  return (
    <Checkbox className="tick" isSelected={chosen} onChange={onChange} isDisabled={disabled}>
      <span className="tick-box">{chosen ? <Check aria-hidden size={16} strokeWidth={3} /> : null}</span>
      <span className="tick-text">{children}</span>
    </Checkbox>
  );
}
