/** The configuration of the practice server: settings, forms, translations and what the app itself ships. */
import type { Configuration, Form, Level } from './configurations/configuration.ts';
import { reportWords, xFormOf } from './configurations/x-form.ts';
import type { Doc } from './pouch.ts';

const EVERY_ROLE = ['chw', 'chw_supervisor', 'program_officer'];
/** May read everything, and write nothing. */
const READER = 'national_admin';

export const PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  can_edit: EVERY_ROLE,
  can_view_contacts: EVERY_ROLE,
  can_view_reports: EVERY_ROLE,
  can_create_people: EVERY_ROLE,
  can_create_places: ['chw_supervisor', 'program_officer'],
  can_delete_reports: EVERY_ROLE,
  can_delete_contacts: EVERY_ROLE,
  can_configure: ['program_officer'],
  can_view_users: ['program_officer'],
  can_update_users: ['program_officer'],
  can_skip_password_change: [],
  can_view_unallocated_data_records: ['program_officer'],
};

/** A contact type of the settings: every level may have people below it. */
function contactTypes({ levels }: Configuration): unknown[] {
  const places = [levels.district, levels.centre, levels.area, levels.home];
  const key = ({ type }: Level) => `contact.type.${type}`;
  return [
    ...places.map((level, at) => ({
      id: level.type,
      parents: at === 0 ? [] : [places[at - 1]?.type],
      name_key: key(level),
    })),
    {
      id: levels.person.type,
      parents: places.map(({ type }) => type),
      name_key: key(levels.person),
      person: true,
    },
  ];
}

function settings(configuration: Configuration): Doc {
  return {
    _id: 'settings',
    settings: {
      locale: configuration.locale,
      locales: configuration.languages,
      permissions: PERMISSIONS,
      roles: {
        chw: { name: 'usertype.chw', offline: true },
        chw_supervisor: { name: 'usertype.chw_supervisor', offline: true },
        program_officer: { name: 'usertype.program_officer' },
        [READER]: { name: 'usertype.national_admin' },
      },
      contact_types: contactTypes(configuration),
      district_admins_access_unallocated_messages: false,
      replication_depth: [],
      transitions: {
        registration: true,
        generate_patient_id_on_people: true,
        death_reporting: true,
        muting: true,
        create_user_for_contacts: true,
      },
      token_login: { enabled: true, translation_key: 'sms.token.login' },
      // Named, so that such people can be made; nobody asks it.
      oidc_provider: { client_id: 'practice', discovery_url: 'https://sign-in.practice.example/' },
      ...configuration.settings,
    },
  };
}

function formDoc(form: Form, configuration: Configuration): Doc {
  const { code, title, about } = form;
  const titles = configuration.languages.map((language) => ({
    locale: language.code,
    content: title[language.code] ?? title.en ?? code,
  }));
  const xml = Buffer.from(xFormOf(form, configuration)).toString('base64');
  return {
    _id: `form:${code}`,
    type: 'form',
    internalId: code,
    // The two ways in which CHT writes a title.
    title: code === 'wound_photo' ? title.en : titles,
    context: about === undefined ? {} : { person: about === 'person', place: about === 'place' },
    _attachments: { xml: { content_type: 'application/xml', data: xml } },
  };
}

/** The title of the practice task, which is its own key as well. */
const VISIT_TASK = 'Visit';
const VISIT_TASK_WORDS: Readonly<Record<string, string>> = { en: 'Visit', fr: 'Visite', sw: 'Ziara' };

function translations(configuration: Configuration): Doc[] {
  const { languages, levels, forms } = configuration;
  return languages.map(({ code, name }) => {
    const types = Object.values(levels).map(({ type, name: words }: Level) => [
      `contact.type.${type}`,
      words[code] ?? words.en ?? type,
    ]);
    const fields = forms.map((form) => reportWords(form, code));
    const generic = Object.assign(Object.fromEntries(types) as object, ...fields, {
      [VISIT_TASK]: VISIT_TASK_WORDS[code] ?? VISIT_TASK,
    }) as object;
    return { _id: `messages-${code}`, type: 'translations', code, name, generic };
  });
}

/** Everything that is configuration and not work. */
export function configDocs(configuration: Configuration, version: string, builtAt: string): Doc[] {
  return [
    settings(configuration),
    ...configuration.forms.map((form) => formDoc(form, configuration)),
    ...translations(configuration),
    { _id: 'service-worker-meta', generated_at: Date.parse(builtAt) },
    { _id: 'resources', resources: {} },
    { _id: 'branding', title: 'Practice', resources: {} },
    designDoc('medic', version, builtAt),
    designDoc('medic-client', version, builtAt),
  ];
}

/** The app's own document, which carries its version. */
export function designDoc(name: 'medic' | 'medic-client', version: string, builtAt: string): Doc {
  return {
    _id: `_design/${name}`,
    build_info: {
      namespace: 'medic',
      application: 'medic',
      version,
      base_version: version,
      build: `medic:medic:${version}`,
      author: 'practice',
      schema_version: 1,
      time: builtAt,
    },
    views: {},
  };
}
