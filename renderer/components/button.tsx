import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps } from 'react-aria-components';

interface Props extends Omit<ButtonProps, 'className' | 'children' | 'style'> {
  /** One `main` button in a place: the obvious next act. */
  readonly look?: 'main' | 'plain' | 'quiet' | 'danger';
  readonly icon?: LucideIcon;
  readonly children?: ReactNode;
  /** Only the icon is seen; the words are its name. */
  readonly bare?: boolean;
}

export function Button({ look = 'plain', icon: Icon, children, bare = false, ...rest }: Props) {
  return (
    <AriaButton
      {...rest}
      className={`button button-${look}${bare ? ' button-bare' : ''}`}
      {...(bare && typeof children === 'string' ? { 'aria-label': children } : {})}
    >
      {Icon === undefined ? null : <Icon aria-hidden size={20} />}
      {bare ? null : <span>{children}</span>}
    </AriaButton>
  );
}
