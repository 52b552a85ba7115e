/** A deployment like the one CHT brings along: pregnancy, delivery, postnatal visits and the health of children. */
import type { Choice, Configuration, Form, Words } from './configuration.ts';

const w = (en: string, fr: string, sw?: string): Words => ({ en, fr, ...(sw === undefined ? {} : { sw }) });
const choice = (value: string, en: string, fr: string, sw?: string): Choice => ({
  value,
  label: w(en, fr, sw),
});

const YES_NO = [choice('yes', 'Yes', 'Oui', 'Ndiyo'), choice('no', 'No', 'Non', 'Hapana')];

export const DANGER_SIGNS = [
  choice('fever', 'Fever', 'Fièvre', 'Homa'),
  choice('bleeding', 'Bleeding', 'Saignement', 'Kutokwa na damu'),
  choice('headache', 'Severe headache', 'Maux de tête violents', 'Maumivu makali ya kichwa'),
  choice('swelling', 'Swollen face or hands', 'Visage ou mains enflés', 'Uvimbe wa uso au mikono'),
  choice('none', 'None of these', 'Aucun de ces signes', 'Hakuna'),
];

const DAY = 86_400_000;
const dateOf = (at: number, days: number) => new Date(at + days * DAY).toISOString().slice(0, 10);
const oneOf = <T>(random: () => number, list: readonly T[]): T =>
  list[Math.floor(random() * list.length)] as T;

/** With what the forms of a visit end. */
export const VISIT: Form['questions'] = [
  { name: 'visit', type: 'int', label: w('Visit number', 'Numéro de la visite', 'Namba ya ziara') },
  { name: 'note', type: 'text', label: w('Note', 'Note', 'Maelezo') },
];

const pregnancy: Form = {
  code: 'pregnancy',
  title: w('Pregnancy registration', 'Enregistrement de grossesse', 'Usajili wa ujauzito'),
  about: 'person',
  questions: [
    {
      name: 'gestational_age',
      label: w('Gestational age', 'Âge de la grossesse', 'Umri wa ujauzito'),
      questions: [
        {
          name: 'method',
          type: 'one',
          required: true,
          label: w('How does she know?', 'Comment le sait-elle ?', 'Anajuaje?'),
          choices: [
            choice('lmp', 'Last menstrual period', 'Dernières règles', 'Hedhi ya mwisho'),
            choice('weeks', 'Weeks pregnant', 'Semaines de grossesse', 'Wiki za ujauzito'),
          ],
        },
        {
          name: 'lmp_date',
          type: 'date',
          relevant: '../method = "lmp"',
          label: w(
            'First day of the last period',
            'Premier jour des dernières règles',
            'Siku ya kwanza ya hedhi',
          ),
        },
        {
          name: 'weeks',
          type: 'int',
          relevant: '../method = "weeks"',
          label: w('Weeks', 'Semaines', 'Wiki'),
        },
        {
          name: 'edd',
          type: 'calculated',
          calculate: 'date(../lmp_date + 280)',
          label: w('Expected date of delivery', 'Date prévue de l’accouchement', 'Tarehe ya kujifungua'),
        },
      ],
    },
    {
      name: 'danger_signs',
      label: w('Danger signs', 'Signes de danger', 'Dalili za hatari'),
      questions: [
        {
          name: 'signs',
          type: 'many',
          required: true,
          label: w('Does she have any of these?', 'A-t-elle un de ces signes ?', 'Ana dalili hizi?'),
          choices: DANGER_SIGNS,
        },
        {
          name: 'refer',
          type: 'note',
          relevant: 'not(selected(../signs, "none"))',
          label: w(
            'Refer her to the health centre today.',
            'Référez-la au centre aujourd’hui.',
            'Mpeleke kituoni leo.',
          ),
        },
      ],
    },
    {
      name: 'past',
      repeat: true,
      label: w('Earlier pregnancies', 'Grossesses précédentes', 'Mimba za awali'),
      questions: [
        { name: 'year', type: 'int', label: w('Year', 'Année', 'Mwaka') },
        {
          name: 'outcome',
          type: 'one',
          label: w('How did it end?', 'Comment s’est-elle terminée ?', 'Iliishaje?'),
          choices: [
            choice('live', 'Live birth', 'Naissance vivante', 'Kuzaliwa hai'),
            choice('still', 'Stillbirth', 'Mort-né', 'Kuzaliwa mfu'),
            choice('miscarriage', 'Miscarriage', 'Fausse couche', 'Kuharibika kwa mimba'),
          ],
        },
      ],
    },
    ...VISIT,
  ],
  // As Enketo keeps it: what was not asked is left out.
  answers: (random, at) => ({
    gestational_age: {
      method: 'lmp',
      lmp_date: dateOf(at, -90),
      edd: dateOf(at, 190),
    },
    danger_signs: random() < 0.2 ? { signs: 'fever headache', refer: '' } : { signs: 'none' },
    past: random() < 0.5 ? [] : [{ year: '2023', outcome: 'live' }],
  }),
};

const delivery: Form = {
  code: 'delivery',
  title: w('Delivery', 'Accouchement', 'Kujifungua'),
  about: 'person',
  questions: [
    {
      name: 'delivery',
      label: w('The birth', 'La naissance', 'Uzazi'),
      questions: [
        { name: 'date', type: 'date', required: true, label: w('Date', 'Date', 'Tarehe') },
        {
          name: 'place',
          type: 'one',
          label: w('Where?', 'Où ?', 'Wapi?'),
          choices: [
            choice('facility', 'Health facility', 'Centre de santé', 'Kituo cha afya'),
            choice('home', 'At home', 'À la maison', 'Nyumbani'),
          ],
        },
        {
          name: 'skilled',
          type: 'one',
          label: w('With a midwife?', 'Avec une sage-femme ?', 'Na mkunga?'),
          choices: YES_NO,
        },
      ],
    },
    {
      name: 'babies',
      repeat: true,
      label: w('Babies', 'Bébés', 'Watoto'),
      questions: [
        { name: 'baby_name', type: 'text', label: w('Name', 'Nom', 'Jina') },
        {
          name: 'sex',
          type: 'one',
          label: w('Sex', 'Sexe', 'Jinsia'),
          choices: [
            choice('female', 'Girl', 'Fille', 'Msichana'),
            choice('male', 'Boy', 'Garçon', 'Mvulana'),
          ],
        },
        { name: 'weight', type: 'decimal', label: w('Weight in kg', 'Poids en kg', 'Uzito kwa kg') },
      ],
    },
    ...VISIT,
  ],
  answers: (random, at) => ({
    delivery: { date: dateOf(at, -2), place: oneOf(random, ['facility', 'home']), skilled: 'yes' },
    babies: [{ baby_name: 'Baby Fig', sex: oneOf(random, ['female', 'male']), weight: '3.1' }],
  }),
};

const postnatal: Form = {
  code: 'postnatal_visit',
  title: w('Postnatal visit', 'Visite postnatale', 'Ziara baada ya kujifungua'),
  about: 'person',
  questions: [
    {
      name: 'mother',
      label: w('Mother', 'Mère', 'Mama'),
      questions: [
        {
          name: 'signs',
          type: 'many',
          label: w('Danger signs of the mother', 'Signes de danger de la mère', 'Dalili za hatari kwa mama'),
          choices: DANGER_SIGNS,
        },
        {
          name: 'breastfeeding',
          type: 'one',
          label: w('Breastfeeding?', 'Allaite-t-elle ?', 'Ananyonyesha?'),
          choices: YES_NO,
        },
      ],
    },
    {
      name: 'next_visit',
      type: 'date',
      label: w('Next visit', 'Prochaine visite', 'Ziara ijayo'),
    },
    ...VISIT,
  ],
  answers: (random, at) => ({
    mother: { signs: random() < 0.1 ? 'bleeding' : 'none', breastfeeding: 'yes' },
    next_visit: dateOf(at, 7),
  }),
};

const childHealth: Form = {
  code: 'child_assessment',
  title: w('Child assessment', 'Santé de l’enfant', 'Uchunguzi wa mtoto'),
  about: 'person',
  questions: [
    {
      name: 'symptoms',
      label: w('Symptoms', 'Symptômes', 'Dalili'),
      questions: [
        {
          name: 'temperature',
          type: 'decimal',
          label: w('Temperature in °C', 'Température en °C', 'Joto kwa °C'),
        },
        { name: 'cough', type: 'one', label: w('Cough?', 'Toux ?', 'Kikohozi?'), choices: YES_NO },
        {
          name: 'breaths',
          type: 'int',
          relevant: '../cough = "yes"',
          label: w('Breaths in a minute', 'Respirations par minute', 'Pumzi kwa dakika'),
        },
        { name: 'diarrhoea', type: 'one', label: w('Diarrhoea?', 'Diarrhée ?', 'Kuhara?'), choices: YES_NO },
      ],
    },
    {
      name: 'muac',
      type: 'one',
      label: w('Colour of the arm tape', 'Couleur du ruban', 'Rangi ya utepe'),
      choices: [
        choice('green', 'Green', 'Vert', 'Kijani'),
        choice('yellow', 'Yellow', 'Jaune', 'Njano'),
        choice('red', 'Red', 'Rouge', 'Nyekundu'),
      ],
    },
    { name: 'weight', type: 'decimal', label: w('Weight in kg', 'Poids en kg', 'Uzito kwa kg') },
    ...VISIT,
  ],
  answers: (random) => {
    const cough = oneOf(random, ['yes', 'no']);
    return {
      symptoms: {
        temperature: (36 + Math.floor(random() * 30) / 10).toFixed(1),
        cough,
        ...(cough === 'yes' ? { breaths: String(30 + Math.floor(random() * 25)) } : {}),
        diarrhoea: oneOf(random, ['yes', 'no']),
      },
      muac: oneOf(random, ['green', 'green', 'yellow', 'red']),
    };
  },
};

const homeVisit: Form = {
  code: 'home_visit',
  title: w('Home visit', 'Visite à domicile', 'Ziara ya nyumbani'),
  about: 'person',
  questions: [
    {
      name: 'temperature',
      type: 'decimal',
      label: w('Temperature in °C', 'Température en °C', 'Joto kwa °C'),
    },
    {
      name: 'danger_signs',
      type: 'one',
      label: w('Danger signs', 'Signes de danger', 'Dalili za hatari'),
      choices: DANGER_SIGNS,
    },
    ...VISIT,
  ],
};

const woundPhoto: Form = {
  code: 'wound_photo',
  title: w('Wound photo', 'Photo de plaie', 'Picha ya kidonda'),
  about: 'person',
  questions: [
    { name: 'wound_photo', type: 'photo', label: w('Take a picture', 'Prenez une photo', 'Piga picha') },
  ],
};

const death: Form = {
  code: 'death_report',
  title: w('Death report', 'Déclaration de décès', 'Taarifa ya kifo'),
  about: 'person',
  questions: [
    {
      name: 'death_details',
      label: w('The death', 'Le décès', 'Kifo'),
      questions: [
        {
          name: 'date_of_death',
          type: 'date',
          required: true,
          label: w('Date of death', 'Date du décès', 'Tarehe ya kifo'),
        },
        { name: 'place_of_death', type: 'text', label: w('Where?', 'Où ?', 'Wapi?') },
      ],
    },
  ],
};

const newPerson: Form = {
  code: 'contact:person:create',
  title: w('New person', 'Nouvelle personne', 'Mtu mpya'),
  questions: [
    { name: 'name', type: 'text', required: true, label: w('Full name', 'Nom complet', 'Jina kamili') },
    {
      name: 'sex',
      type: 'one',
      label: w('Sex', 'Sexe', 'Jinsia'),
      choices: [choice('female', 'Female', 'Féminin', 'Mke'), choice('male', 'Male', 'Masculin', 'Mume')],
    },
    {
      name: 'date_of_birth',
      type: 'date',
      label: w('Date of birth', 'Date de naissance', 'Tarehe ya kuzaliwa'),
    },
    { name: 'phone', type: 'text', label: w('Phone number', 'Téléphone', 'Namba ya simu') },
  ],
};

const newHome: Form = {
  code: 'contact:clinic:create',
  title: w('New household', 'Nouveau ménage', 'Kaya mpya'),
  questions: [{ name: 'name', type: 'text', required: true, label: w('Name', 'Nom', 'Jina') }],
};

export const REGISTRATION = {
  registrations: [
    { form: 'pregnancy', events: [{ name: 'on_create', trigger: 'assign_schedule', params: 'anc_visits' }] },
  ],
  schedules: [
    {
      name: 'anc_visits',
      start_from: 'reported_date',
      messages: ['6 weeks', '10 weeks', '16 weeks'].map((offset, at) => ({
        translation_key: 'messages.schedule.anc_visit',
        group: at + 1,
        offset,
        recipient: 'reporting_unit',
      })),
    },
  ],
};

export const defaultLike: Configuration = {
  name: 'default',
  locale: 'en',
  languages: [
    { code: 'en', name: 'English' },
    { code: 'fr', name: 'Français' },
    { code: 'sw', name: 'Kiswahili' },
  ],
  levels: {
    district: { type: 'district_hospital', name: w('District', 'District', 'Wilaya') },
    centre: { type: 'health_center', name: w('Health centre', 'Centre de santé', 'Kituo cha afya') },
    area: { type: 'area', name: w('Area', 'Zone', 'Eneo') },
    home: { type: 'clinic', name: w('Household', 'Ménage', 'Kaya') },
    person: { type: 'person', name: w('Person', 'Personne', 'Mtu') },
  },
  forms: [homeVisit, pregnancy, childHealth, delivery, postnatal, woundPhoto, death, newPerson, newHome],
  settings: {
    ...REGISTRATION,
    death_reporting: {
      mark_deceased_forms: ['death_report'],
      undo_deceased_forms: ['undo_death_report'],
      date_field: 'fields.death_details.date_of_death',
    },
    muting: { mute_forms: ['mute'], unmute_forms: ['unmute'] },
  },
};
