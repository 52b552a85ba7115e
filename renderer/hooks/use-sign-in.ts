/** One piece of work that begins with a sign-in, watched until the server has let the person in. */
import { useCallback, useEffect, useEffectEvent, useRef, useState, type RefObject } from 'react';
import { StationError } from '../../shared/errors.ts';
import { hasNoPassword } from '../../shared/sign-in-ways.ts';
import type { OthersWork } from '../../shared/upload.ts';
import { useJobs } from './jobs.ts';

export interface Login {
  readonly user: string;
  /** Empty where the login that is kept on this computer is meant. */
  readonly password: { readonly password?: string };
  readonly account: boolean;
  /** How many deletions the person was told of, with their names, and agreed to. */
  readonly deleting: number;
}

/** The name is offered again until the window closes; it is not written down. */
let lastUser = '';

export function lastName(): string {
  return lastUser;
}

/** The last name, where it owns some of what is sent and signs in with a password. `owners` undefined: nothing is sent. */
export function nameToPropose(last: string, owners: readonly OthersWork[] | undefined): string {
  if (owners === undefined) return last;
  return owners.some(({ user, signsIn }) => user === last && !hasNoPassword(signsIn)) ? last : '';
}

interface NameBox {
  readonly box: RefObject<HTMLInputElement | null>;
  readonly fill: (name: string) => void;
}

/**
 * The box of the name. It keeps what is proposed now until somebody types another name: who has records that are ready
 * is asked when the form opens, and may change while it is open.
 */
export function useNameBox(proposed: string, password: RefObject<HTMLInputElement | null>): NameBox {
  const box = useRef<HTMLInputElement>(null);
  const filled = useRef(proposed);
  useEffect(() => {
    if (box.current === null || box.current.value !== filled.current) return;
    box.current.value = proposed;
    filled.current = proposed;
    if (proposed !== '' && document.activeElement === box.current) password.current?.focus();
  }, [proposed, password]);
  const fill = (name: string) => {
    if (box.current !== null) box.current.value = name;
  };
  return { box, fill };
}

interface Ends {
  readonly onClose: () => void;
  readonly onIsAccount: (login: Tried) => void;
}

/** The last login that was tried, without its password. */
interface Tried {
  readonly name: string;
  /** It is kept on this computer. */
  readonly kept: boolean;
}

interface SignInWork {
  /** The server is being asked. */
  readonly asking: boolean;
  readonly failure: unknown;
  /** Whom the server wants to choose a new password. */
  readonly choosing: string | null;
  readonly stopChoosing: () => void;
  readonly failed: (error: unknown) => void;
  readonly begin: (login: Login) => Promise<void>;
}

/**
 * @param start starts the work and gives its job
 * @param onClose the server has let the person in, or the work is over
 * @param onIsAccount nothing was sent: the login is a station account, and was not named as one
 * @param password its box, which gets the next key after a failure
 */
export function useSignIn(
  start: (login: Login) => Promise<string>,
  { onClose, onIsAccount }: Ends,
  password: RefObject<HTMLInputElement | null>,
): SignInWork {
  const jobs = useJobs();
  const [job, setJob] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [choosing, setChoosing] = useState<string | null>(null);
  const tried = useRef<Tried>({ name: '', kept: false });

  const failed = useCallback(
    (error: unknown) => {
      const mustChoose = error instanceof StationError && error.code === 'password-change-required';
      if (mustChoose) setChoosing(tried.current.name);
      setFailure(mustChoose ? undefined : error);
      setJob(null);
      setAsking(false);
      // After the button is enabled again the next key belongs to the password.
      setTimeout(() => password.current?.focus(), 0);
    },
    [password],
  );

  const isAccount = useEffectEvent(() => {
    failed(undefined);
    onIsAccount(tried.current);
  });
  const watched = jobs.find((one) => one.job === job);
  useEffect(() => {
    if (watched === undefined) return;
    if (watched.end?.kind === 'failed' && watched.end.code === 'is-account') isAccount();
    else if (watched.end?.kind === 'failed') failed(new StationError(watched.end.code, watched.end.detail));
    else if (watched.end?.kind === 'uploaded' && watched.end.upload.outcome === 'failed') onClose();
    else if (
      watched.end !== null ||
      watched.paused != null ||
      (watched.step !== 'waiting' && watched.step !== 'sign-in')
    )
      onClose();
  }, [watched, onClose, failed]);

  const begin = async (login: Login) => {
    setFailure(undefined);
    setAsking(true);
    tried.current = { name: login.user, kept: login.password.password === undefined };
    try {
      setJob(await start(login));
      lastUser = login.user;
    } catch (error) {
      failed(error);
    }
  };

  return { asking, failure, choosing, stopChoosing: () => setChoosing(null), failed, begin };
}
