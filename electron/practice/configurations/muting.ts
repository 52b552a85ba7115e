/** The same deployment where households that moved away are muted and heard again. */
import type { Configuration, Form } from './configuration.ts';
import { defaultLike } from './default.ts';

const reasons = [
  { value: 'moved', label: { en: 'Moved away', fr: 'A déménagé', sw: 'Wamehama' } },
  {
    value: 'refused',
    label: { en: 'Does not want visits', fr: 'Ne veut pas de visites', sw: 'Hawataki ziara' },
  },
  { value: 'other', label: { en: 'Something else', fr: 'Autre raison', sw: 'Sababu nyingine' } },
];

const form = (code: string, en: string, fr: string, sw: string): Form => ({
  code,
  title: { en, fr, sw },
  about: 'place',
  questions: [
    { name: 'place_id', type: 'calculated', calculate: '../inputs/contact/_id' },
    {
      name: 'reason',
      type: 'one',
      required: true,
      label: { en: 'Why?', fr: 'Pourquoi ?', sw: 'Kwa nini?' },
      choices: reasons,
    },
    {
      name: 'reason_other',
      type: 'text',
      relevant: '../reason = "other"',
      label: { en: 'What is it?', fr: 'Laquelle ?', sw: 'Ni nini?' },
    },
  ],
});

export const muting: Configuration = {
  ...defaultLike,
  name: 'muting',
  forms: [
    ...defaultLike.forms,
    form('mute_household', 'Stop visiting a household', 'Ne plus visiter un ménage', 'Acha kutembelea kaya'),
    form('unmute_household', 'Visit a household again', 'Visiter de nouveau un ménage', 'Tembelea kaya tena'),
  ],
  settings: {
    ...defaultLike.settings,
    muting: { mute_forms: ['mute', 'mute_household'], unmute_forms: ['unmute', 'unmute_household'] },
  },
  mutedHome: 'hc1-area-2-home-3',
};
