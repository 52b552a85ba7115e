/** The configurations to practise with. */
import { CONFIGURATION_NAMES, type ConfigurationName } from '../../../shared/practice-configurations.ts';
import type { Configuration } from './configuration.ts';
import { defaultLike } from './default.ts';
import { muting } from './muting.ts';
import { ownTypes } from './own-types.ts';

export { CONFIGURATION_NAMES, type ConfigurationName };

export const CONFIGURATIONS: Readonly<Record<ConfigurationName, Configuration>> = {
  default: defaultLike,
  muting,
  'own-types': ownTypes,
};
