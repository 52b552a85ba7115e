/** A deployment with its own types of contacts, the codes of a national register, and two languages. */
import type { Configuration, Form } from './configuration.ts';
import { defaultLike, VISIT } from './default.ts';

/** As a register hands them out: letters, a dash, zeros in front. */
const code = (n: number) => `KE-${String(n).padStart(4, '0')}`;

const visit: Form = {
  code: 'u5_check',
  title: { en: 'Under-five check', sw: 'Ukaguzi wa mtoto chini ya miaka mitano' },
  about: 'person',
  questions: [
    { name: 'patient_id', type: 'calculated', calculate: '../inputs/contact/patient_id' },
    {
      name: 'vaccines',
      label: { en: 'Vaccines', sw: 'Chanjo' },
      questions: [
        {
          name: 'given',
          type: 'many',
          label: { en: 'Which were given?', sw: 'Zipi zimetolewa?' },
          choices: [
            { value: 'bcg', label: { en: 'BCG', sw: 'BCG' } },
            { value: 'polio', label: { en: 'Polio', sw: 'Polio' } },
            { value: 'measles', label: { en: 'Measles', sw: 'Surua' } },
          ],
        },
        {
          name: 'card_seen',
          type: 'one',
          label: { en: 'Card seen?', sw: 'Kadi imeonekana?' },
          choices: [
            { value: 'yes', label: { en: 'Yes', sw: 'Ndiyo' } },
            { value: 'no', label: { en: 'No', sw: 'Hapana' } },
          ],
        },
      ],
    },
    ...VISIT,
  ],
  answers: (random) => ({
    vaccines: { given: random() < 0.5 ? 'bcg polio' : 'bcg polio measles', card_seen: 'yes' },
  }),
};

const newMember: Form = {
  code: 'contact:c50_member:create',
  title: { en: 'New household member', sw: 'Mwanakaya mpya' },
  questions: [
    { name: 'name', type: 'text', required: true, label: { en: 'Name', sw: 'Jina' } },
    { name: 'patient_id', type: 'text', label: { en: 'Number in the register', sw: 'Namba ya sajili' } },
    {
      name: 'sex',
      type: 'one',
      label: { en: 'Sex', sw: 'Jinsia' },
      choices: [
        { value: 'female', label: { en: 'Female', sw: 'Mke' } },
        { value: 'male', label: { en: 'Male', sw: 'Mume' } },
      ],
    },
    { name: 'date_of_birth', type: 'date', label: { en: 'Date of birth', sw: 'Tarehe ya kuzaliwa' } },
    { name: 'phone', type: 'text', label: { en: 'Phone number', sw: 'Namba ya simu' } },
  ],
};

export const ownTypes: Configuration = {
  ...defaultLike,
  name: 'own-types',
  locale: 'sw',
  languages: [
    { code: 'sw', name: 'Kiswahili' },
    { code: 'en', name: 'English' },
  ],
  levels: {
    district: { type: 'c10_county', name: { en: 'County', sw: 'Kaunti' } },
    centre: { type: 'c20_sub_county', name: { en: 'Sub-county', sw: 'Kaunti ndogo' } },
    area: { type: 'c30_unit', name: { en: 'Community unit', sw: 'Kitengo cha jamii' } },
    home: { type: 'c40_household', name: { en: 'Household', sw: 'Kaya' } },
    person: { type: 'c50_member', name: { en: 'Household member', sw: 'Mwanakaya' } },
  },
  forms: [...defaultLike.forms.filter(({ code: own }) => !own.startsWith('contact:')), visit, newMember],
  personCode: code,
};
