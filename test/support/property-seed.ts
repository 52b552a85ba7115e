/**
 * The property tests of fast-check play the same values in every run, so that no change is blamed for what chance
 * found. `PROPERTY_SEED=N npm test` plays others.
 */
import fc from 'fast-check';

const seed = Number(process.env['PROPERTY_SEED'] ?? 1);
if (!Number.isInteger(seed)) throw new Error('PROPERTY_SEED takes a whole number');

fc.configureGlobal({ seed });
