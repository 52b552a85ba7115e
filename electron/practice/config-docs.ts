/** The configuration of the practice server: settings, forms, translations and what the app itself ships. */
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

function settings(): Doc {
  const level = (id: string, parents: string[], name: string) => ({
    id,
    parents,
    name_key: `contact.type.${name}`,
  });
  return {
    _id: 'settings',
    settings: {
      locale: 'en',
      locales: [
        { code: 'en', name: 'English' },
        { code: 'sw', name: 'Kiswahili' },
      ],
      permissions: PERMISSIONS,
      roles: {
        chw: { name: 'usertype.chw', offline: true },
        chw_supervisor: { name: 'usertype.chw_supervisor', offline: true },
        program_officer: { name: 'usertype.program_officer' },
        [READER]: { name: 'usertype.national_admin' },
      },
      contact_types: [
        level('district_hospital', [], 'district_hospital'),
        level('health_center', ['district_hospital'], 'health_center'),
        level('area', ['health_center'], 'area'),
        level('clinic', ['area'], 'household'),
        { ...level('person', ['health_center', 'clinic'], 'person'), person: true },
      ],
      district_admins_access_unallocated_messages: false,
      replication_depth: [],
      transitions: {
        registration: true,
        generate_patient_id_on_people: true,
        death_reporting: true,
        muting: true,
        create_user_for_contacts: true,
      },
      registrations: [
        {
          form: 'pregnancy',
          events: [{ name: 'on_create', trigger: 'assign_schedule', params: 'anc_visits' }],
        },
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
      death_reporting: {
        mark_deceased_forms: ['death_report'],
        undo_deceased_forms: ['undo_death_report'],
        date_field: 'fields.death_details.date_of_death',
      },
      muting: { mute_forms: ['mute'], unmute_forms: ['unmute'] },
      token_login: { enabled: true, translation_key: 'sms.token.login' },
      // Named, so that such people can be made; nobody asks it.
      oidc_provider: { client_id: 'practice', discovery_url: 'https://sign-in.practice.example/' },
    },
  };
}

function form(code: string, title: unknown): Doc {
  const xml = `<h:html xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>${code}</h:title></h:head></h:html>`;
  return {
    _id: `form:${code}`,
    type: 'form',
    internalId: code,
    title,
    context: code.startsWith('contact:') ? {} : { person: true, place: false },
    _attachments: { xml: { content_type: 'application/xml', data: Buffer.from(xml).toString('base64') } },
  };
}

const inTwoLanguages = (en: string, sw: string) => [
  { locale: 'en', content: en },
  { locale: 'sw', content: sw },
];

/** The forms by code, with their titles in the two ways CHT writes them. */
export function formDocs(): Doc[] {
  return [
    form('pregnancy', inTwoLanguages('Pregnancy registration', 'Usajili wa ujauzito')),
    form('home_visit', inTwoLanguages('Home visit', 'Ziara ya nyumbani')),
    form('child_assessment', inTwoLanguages('Child assessment', 'Uchunguzi wa mtoto')),
    form('wound_photo', 'Wound photo'),
    form('contact:person:create', 'New person'),
    form('contact:clinic:create', 'New household'),
  ];
}

function translations(code: string, name: string, generic: Record<string, string>): Doc {
  return { _id: `messages-${code}`, type: 'translations', code, name, generic };
}

/** Everything that is configuration and not work. */
export function configDocs(version: string, builtAt: string): Doc[] {
  return [
    settings(),
    ...formDocs(),
    translations('en', 'English', {
      'contact.type.district_hospital': 'District',
      'contact.type.health_center': 'Health centre',
      'contact.type.area': 'Area',
      'contact.type.household': 'Household',
      'contact.type.person': 'Person',
    }),
    translations('sw', 'Kiswahili', {
      'contact.type.district_hospital': 'Wilaya',
      'contact.type.health_center': 'Kituo cha afya',
      'contact.type.area': 'Eneo',
      'contact.type.household': 'Kaya',
      'contact.type.person': 'Mtu',
    }),
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
