/** The configurations to practise with. */
import type { Configuration } from './configuration.ts';
import { defaultLike } from './default.ts';
import { muting } from './muting.ts';
import { ownTypes } from './own-types.ts';

export type ConfigurationName = Configuration['name'];

export const CONFIGURATIONS: Readonly<Record<ConfigurationName, Configuration>> = {
  default: defaultLike,
  muting,
  'own-types': ownTypes,
};
