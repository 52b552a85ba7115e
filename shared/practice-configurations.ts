/** The deployments to practise with; `electron/practice/configurations/` has one for each name. */
export const CONFIGURATION_NAMES = ['default', 'muting', 'own-types'] as const;
export type ConfigurationName = (typeof CONFIGURATION_NAMES)[number];
