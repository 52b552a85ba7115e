/** The corner where notices appear; read out as they come, reached with F6. */
import { CircleCheck, CircleX, Info, TriangleAlert, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import {
  Text,
  UNSTABLE_Toast as Toast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastRegion as ToastRegion,
} from 'react-aria-components';
import { notices, takeBack } from '../hooks/notices.ts';
import { Button } from './button.tsx';

const ICONS = { good: CircleCheck, warning: TriangleAlert, bad: CircleX, plain: Info };

export function NoticeRegion() {
  const { t } = useTranslation();
  return (
    <ToastRegion queue={notices} className="notices" aria-label={t('notice.region')}>
      {({ toast }) => {
        const { tone, text, more, action, undo } = toast.content;
        const Icon = ICONS[tone];
        return (
          <Toast toast={toast} className={`notice tone-${tone}`}>
            <Icon aria-hidden size={20} />
            <ToastContent className="notice-words">
              <Text slot="title">{text}</Text>
              {more === undefined ? null : <Text slot="description">{more}</Text>}
            </ToastContent>
            {action === undefined ? null : (
              <Button
                onPress={() => {
                  notices.close(toast.key);
                  action.run();
                }}
              >
                {action.label}
              </Button>
            )}
            {undo === undefined ? null : (
              <Button onPress={() => takeBack(toast.key)}>{t('action.undo')}</Button>
            )}
            <Button slot="close" look="quiet" icon={X} bare>
              {t('action.close')}
            </Button>
          </Toast>
        );
      }}
    </ToastRegion>
  );
}
