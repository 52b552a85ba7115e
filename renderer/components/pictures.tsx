/** Attachments of a document: photos as pictures, other files by name and size. */
import { FileIcon, ImageOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isPicture } from '../../shared/pictures.ts';
import type { AttachmentInfo } from '../../shared/review.ts';
import { useClient } from '../hooks/use-query.ts';
import { useFormat } from '../hooks/use-format.ts';
import { Button } from './button.tsx';
import { failureSentence } from './failure.tsx';

export function blobOf(base64: string, contentType: string): Blob {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: contentType });
}

interface Props {
  readonly id: string;
  readonly rev: string;
  readonly attachments: readonly AttachmentInfo[];
  /** What they are pictures of: the question that they answer. */
  readonly shows?: string;
}

export function Pictures({ id, rev, attachments, shows }: Props) {
  return (
    <ul className="pictures">
      {attachments.map((one) => (
        <li key={one.name}>
          {isPicture(one.contentType) ? (
            <Picture id={id} rev={rev} of={one} shows={shows ?? one.name} />
          ) : (
            <OtherFile of={one} />
          )}
        </li>
      ))}
    </ul>
  );
}

function Picture({
  id,
  rev,
  of,
  shows,
}: {
  readonly id: string;
  readonly rev: string;
  readonly of: AttachmentInfo;
  readonly shows: string;
}) {
  const { t } = useTranslation();
  const client = useClient();
  const [address, setAddress] = useState<string>();
  const [failure, setFailure] = useState<unknown>();
  const [large, setLarge] = useState(false);

  useEffect(() => {
    let gone = false;
    let made: string | undefined;
    const load = async () => {
      try {
        const answer = await client.ask('attachment.get', { id, rev, name: of.name });
        // The type the station looked up counts; what is no picture is not drawn as one.
        if (!isPicture(answer.contentType) || gone) return;
        made = URL.createObjectURL(blobOf(answer.data, answer.contentType));
        setAddress(made);
      } catch (error) {
        if (!gone) setFailure(error);
      }
    };
    void load();
    return () => {
      gone = true;
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [client, id, rev, of.name]);

  if (failure !== undefined) {
    const { sentence, action } = failureSentence(t, failure);
    return (
      <p className="hint tone-warning">
        <ImageOff aria-hidden size={18} />
        <span>
          <bdi>{of.name}</bdi>: {sentence} {action}
        </span>
      </p>
    );
  }
  return (
    <figure className={large ? 'picture picture-large' : 'picture'}>
      {address === undefined ? (
        <div className="picture-coming" role="status">
          {t('picture.coming')}
        </div>
      ) : (
        <Button look="quiet" aria-expanded={large} onPress={() => setLarge(!large)}>
          <img
            src={address}
            alt={t('picture.alt', { name: shows })}
            onError={() => setFailure(new Error('not a picture'))}
          />
        </Button>
      )}
      <figcaption className="help">
        <bdi>{of.name}</bdi>
      </figcaption>
    </figure>
  );
}

function OtherFile({ of }: { readonly of: AttachmentInfo }) {
  const format = useFormat();
  return (
    <p className="hint">
      <FileIcon aria-hidden size={18} />
      <span>
        <bdi>{of.name}</bdi> <span className="help">{`${of.contentType} · ${format.bytes(of.bytes)}`}</span>
      </span>
    </p>
  );
}
