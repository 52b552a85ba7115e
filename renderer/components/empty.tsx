import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface Props {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly children?: ReactNode;
}

/** Nothing here: says what would be here, and what to do next. */
export function Empty({ icon: Icon, title, children }: Props) {
  return (
    <div className="empty">
      <Icon aria-hidden size={40} strokeWidth={1.5} />
      <p className="empty-title">{title}</p>
      <div>{children}</div>
    </div>
  );
}
