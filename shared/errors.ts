/**
 * Every failure the station can name. The list is closed: a code, one plain sentence, and one thing the
 * person can do about it. The cause (a system error, a server's answer) goes to the log, never to the
 * screen, because it may carry paths or names.
 */
export const ERRORS = {
  // Asking
  'unknown-request': ['The station does not know this request.', 'Update the station and try again.'],
  'bad-params': ['The request was not filled in correctly.', 'Check what was typed and try again.'],
  'not-allowed': ['You may not do this.', 'Ask the administrator of this station.'],
  'not-found': ['This is not here any more.', 'Go back and look at the list again.'],
  busy: ['The station is still working on the same thing.', 'Wait until it has finished, or stop it first.'],
  cancelled: ['It was stopped.', 'Start it again when you are ready; nothing was lost.'],
  internal: [
    'Something went wrong inside the station.',
    'Try again; if it stays, send the log to your support.',
  ],
  'data-in-use': ['Another copy of the station is using this data folder.', 'Close the other station first.'],
  'data-too-new': [
    'This data folder was written by a newer station.',
    'Install the newer version of the station.',
  ],
  'disk-full': ['The disk of this computer is full.', 'Free some space and try again; nothing was lost.'],

  // Sources and copying
  'source-gone': [
    'The file, stick or phone is not there any more.',
    'Plug it in again; it goes on where it stopped.',
  ],
  'not-readable': [
    'This file cannot be opened.',
    'Check that the stick is plugged in and the file may be read.',
  ],
  'is-folder': ['This is a folder, not a file.', 'Choose the folder as a folder, or a file inside it.'],
  'no-dump-found': ['No dump was found here.', 'Check that the export finished on the phone.'],
  'file-changed': [
    'The file changed while it was being copied.',
    'Wait until the export has finished and try again.',
  ],
  'copy-damaged': [
    'The copy differs from the file that was read.',
    'Take the file again, if possible from another stick.',
  ],
  'too-many-files': ['There are more files here than the station takes at once.', 'Choose a smaller folder.'],
  'link-skipped': ['A link was not followed.', 'Copy the file itself to the stick.'],
  'bad-sector': [
    'A part of this file cannot be read any more: the stick is damaged there.',
    'Export again onto another stick. The other files were not touched by this.',
  ],

  // Phones, sticks, and unplugging them
  'phone-charging-only': [
    'The phone is only charging.',
    'On the phone choose “File transfer” for USB. If it does not ask, try another cable: some carry power only.',
  ],
  'phone-photos-only': [
    'The phone shows only its photos.',
    'On the phone choose “File transfer” for USB instead of “Photos”.',
  ],
  'phone-locked': ['The phone is locked.', 'Unlock its screen; the station looks again by itself.'],
  'phone-allow': [
    'The phone asks whether this computer may read it.',
    'Tap “Allow” on the phone; the station looks again by itself.',
  ],
  'phone-not-able': [
    'This phone cannot hand over its files in parts.',
    'Copy the dump to a stick and plug that in.',
  ],
  'device-busy': [
    'Another program on this computer is using it.',
    'Close that program, or its window; the station looks again by itself.',
  ],
  'no-permission': [
    'This computer does not let the station read it.',
    'Ask your administrator to install the device rule of the station.',
  ],
  'phone-app-closed': [
    'No CHT app is open on this phone.',
    'Open the CHT app on the phone, leave it on the screen, and look again.',
  ],
  'phone-other-app': [
    'What is open on this phone is not a CHT app. Nothing of it was read.',
    'Open the CHT app on the phone, leave it on the screen, and look again.',
  ],
  'app-other-server': [
    'The CHT app on this phone belongs to another server. Nothing of it was read.',
    'Take the phone to the station of that server.',
  ],
  'app-signed-out': [
    'Nobody is signed in to the CHT app on this phone.',
    'Let the health worker sign in to the app, then look again.',
  ],
  'app-keeps-nothing': [
    'This person works online: the phone keeps no records.',
    'Nothing to do here; the records are on the server already.',
  ],
  'app-failed': [
    'The CHT app reported an error while it was being read.',
    'Close the app on the phone, open it again and read again; it goes on where it stopped.',
  ],
  'app-hung': [
    'The CHT app does not answer.',
    'Unlock the phone, bring the CHT app to the screen and read again; it goes on where it stopped.',
  ],
  'device-stuck': ['It does not answer any more.', 'Unplug it, wait a moment, and plug it in again.'],
  'stick-locked': [
    'The stick is encrypted and still locked.',
    'Open it with its password in the file manager of this computer; the station goes on by itself.',
  ],
  'stick-unreadable': [
    'This computer cannot read the stick: it is damaged, or made for another kind of computer.',
    'Try the stick in the device that wrote it, or export again onto another stick.',
  ],
  'stick-not-opened': [
    'The stick is there, but this computer has not opened it.',
    'Open it once in the file manager; the station goes on by itself.',
  ],
  'folder-gone': [
    'There is no such folder on this computer, or not any more.',
    'Check the folder; in Settings another one can be watched.',
  ],
  'eject-in-use': [
    'It is still being used. Do not unplug it yet.',
    'Close the program that uses it and press the button again.',
  ],
  'eject-failed': [
    'The computer could not let go of it. Do not unplug it yet.',
    'Try again; if it stays, turn the computer off before you unplug it.',
  ],
  'devices-ended': [
    'The part of the station that watches sticks and phones ended.',
    'It starts again by itself; chosen files and folders work meanwhile.',
  ],
  'devices-blind': [
    'This computer does not tell the station what is plugged in.',
    'Choose the file or folder by hand, and tell your administrator.',
  ],

  // Recognising and reading a dump
  'empty-file': ['The file is empty.', 'Export again on the phone.'],
  'not-a-dump': [
    'This is not a file that the station knows.',
    'Check that it is the file which the phone exported.',
  ],
  encrypted: ['This file is locked and cannot be opened here.', 'Ask your administrator for the key.'],
  'sealed-bundle': [
    'This is a sealed bundle for the server. It is kept safe as it is and cannot be looked into.',
    'Nothing to do here.',
  ],
  'bundle-half': ['Half of a sealed bundle is missing.', 'Copy both files, .bundle and .json, together.'],
  'cut-off': ['The file ends in the middle. Everything before that was taken.', 'Export again on the phone.'],
  'end-mismatch': [
    'The file says it holds something else than it does.',
    'Export again on the phone, or copy the file again.',
  ],
  'maybe-incomplete': [
    'This kind of file can leave records out without saying so.',
    'Compare the number of records with the phone.',
  ],
  'bad-gzip': ['The compressed file is damaged.', 'Copy it again from the phone.'],
  'not-json': ['This part of the file is damaged and cannot be read.', 'Export again on the phone.'],
  'bad-utf8': ['This part of the file is not valid text.', 'Export again on the phone.'],
  'not-a-document': ['This entry is not a record.', 'Nothing to do; it is kept in the copy of the file.'],
  'row-error': ['The phone could not read this record when it exported.', 'Export again on the phone.'],
  'bad-id': ['The record has no valid id.', 'Nothing to do; it is kept in the copy of the file.'],
  'bad-rev': ['The record has no valid revision.', 'Nothing to do; it is kept in the copy of the file.'],
  'bad-revisions': ['The history of the record contradicts itself.', 'Export again on the phone.'],
  'reserved-field': [
    'The record uses a field name that is reserved.',
    'Nothing to do; it is kept in the copy of the file.',
  ],
  'forbidden-key': [
    'The record uses a field name that is never allowed.',
    'Nothing to do; it is kept in the copy of the file.',
  ],
  'record-too-large': ['The record is larger than the station takes.', 'Export again with smaller photos.'],
  'too-deep': [
    'The record is nested deeper than the station takes.',
    'Nothing to do; it is kept in the copy of the file.',
  ],
  'id-too-long': ['The id of the record is too long.', 'Nothing to do; it is kept in the copy of the file.'],
  'too-many-records': [
    'The file holds more records than the station takes.',
    'Export again in smaller parts.',
  ],
  'too-many-attachments': ['The record has more attachments than the station takes.', 'Ask your support.'],
  'attachment-too-large': ['An attachment is larger than the station takes.', 'Ask your support.'],
  'bad-attachment': ['An attachment of the record is damaged.', 'Export again on the phone.'],
  'digest-mismatch': ['An attachment differs from its check sum.', 'Copy the file again from the phone.'],
  'attachment-missing': [
    'The record names an attachment that the file does not carry.',
    'Export again with attachments.',
  ],
  'attachment-part-lost': ['A part of a large attachment is missing.', 'Export again on the phone.'],
  'other-content': [
    'The record has the same revision as one already here, but other content.',
    'Look at both before anything is sent.',
  ],
  'wrong-server': ['This dump belongs to another server.', 'Take it to the station of that server.'],
  'wrong-database': [
    'This dump is of another database of the server, not of the one with the health records.',
    'Export the database of the CHT app.',
  ],

  // Storing
  'replica-failed': ['The local database could not store the records.', 'Check the disk and try again.'],
  'replica-unreachable': ['The shared local database does not answer.', 'Check the network and try again.'],

  // Reviewing
  'nothing-to-decide': ['There is nothing to decide on here.', 'Look at the list again.'],
  'needs-own-decision': ['These records need a decision of their own.', 'Open them one by one.'],
  'newer-arrived': ['Something newer came in the meantime.', 'Look at it again before you decide.'],
  'not-in-conflict': ['This record is not in conflict any more.', 'Look at the list again.'],
  'attachment-not-here': [
    'The version on the server has a picture or file that is not here, so a merge would lose it.',
    'Keep one of the versions as it is.',
  ],
  'reason-needed': ['A reason is needed.', 'Write in a few words why.'],
  'person-named': [
    'The dump itself says whose it is, so the name cannot be changed.',
    'If somebody else used the phone, hold the records and tell your administrator.',
  ],
  'batch-sent': [
    'Some of it may be on the server already, so the name cannot be changed any more.',
    'Tell your administrator; the receipt says as whom it was sent.',
  ],

  // The server
  'no-server': ['No server is set yet.', 'Open Settings and enter the address of the server.'],
  'bad-url': ['This is not an address of a server.', 'Enter it like https://cht.example.org.'],
  'insecure-url': ['This address is not encrypted.', 'Use an address that begins with https.'],
  'server-fixed': [
    'Records of another server are already here. One station serves one server.',
    'Use another data folder for another server.',
  ],
  'server-not-of-dumps': [
    'The dumps that were taken here name another server.',
    'Check the address. If it is the same server under another name, say so in the settings of the window.',
  ],
  offline: ['The server cannot be reached.', 'Check the internet connection; everything waits safely.'],
  'server-slow': ['The server did not answer in time.', 'Try again later; everything waits safely.'],
  'not-a-cht-server': ['There is no CHT server at this address.', 'Check the address.'],
  'tls-failed': ['The server could not prove who it is.', 'Tell your administrator; nothing was sent.'],
  'tls-date': [
    'The certificate of the server is not valid at this date. Nothing was sent.',
    'Check the date and time of this computer; if they are right, tell your administrator.',
  ],
  'tls-other-name': [
    'The certificate belongs to another server than the one in the address. Nothing was sent.',
    'Check the address of the server; tell your administrator.',
  ],
  'tls-unknown-issuer': [
    'Nobody whom this computer trusts vouches for the server. Nothing was sent.',
    'Ask your administrator to install the certificate of your organisation on this computer.',
  ],
  'server-error': ['The server has a problem of its own.', 'Try again later; everything waits safely.'],
  'bad-answer': [
    'The server gave an answer that makes no sense.',
    'Check whether a login page of the network is in between.',
  ],
  'wrong-password': ['User name or password is wrong.', 'Type them again.'],
  'password-change-required': [
    'The server wants this person to choose a new password first.',
    'Choose a new password here, in the CHT app or on the web page.',
  ],
  'password-not-taken': [
    'The server does not take the new password.',
    'Choose one of at least eight characters that is hard to guess and not the old one.',
  ],
  'no-keyring': [
    'This computer has no safe place for a password.',
    'Type the password each time, or set up the keyring of this computer and use the desktop program.',
  ],
  'no-kept-login': ['No password is kept here for this person.', 'Type the password.'],
  'kept-login-wrong': [
    'The server does not take the kept password any more. It was removed from this computer.',
    'Type the new password, and have your administrator keep it.',
  ],
  'too-many-attempts': [
    'Too many wrong passwords. The server makes everyone here wait.',
    'Wait half a minute, then try again.',
  ],
  'signed-out': ['The server ended the session.', 'Sign in again.'],
  'may-not-send': ['This person may not send records to the server.', 'Ask the administrator of the server.'],
  'account-restricted': [
    'A station account has to see the whole server, and this one is limited to an area.',
    'Ask the administrator of the server for an online account, or send as the health worker.',
  ],
  'server-refused': ['The server did not take the record.', 'See the reason beside the record.'],
  'too-large-for-server': ['The record is larger than the server takes.', 'Ask your administrator.'],
  'not-proven': [
    'The server did not confirm that it holds the record.',
    'Send again; it will not be doubled.',
  ],
  'server-moved': [
    'The record changed on the server after it was approved.',
    'Look at it again before it is sent.',
  ],
} as const satisfies Record<string, readonly [sentence: string, action: string]>;

export type ErrorCode = keyof typeof ERRORS;

/** A failure with a code of the closed list; `cause` is for the log only. */
export class StationError extends Error {
  readonly code: ErrorCode;
  /** A value that helps (a number of seconds, a limit); never a name, a path or a field value. */
  readonly detail: string | undefined;

  constructor(code: ErrorCode, detail?: string, cause?: unknown) {
    super(`${code}: ${ERRORS[code][0]}`, cause === undefined ? undefined : { cause });
    this.name = 'StationError';
    this.code = code;
    this.detail = detail;
  }
}

/** The sentence a person reads, with what to do, for a code of the list. */
export function sentenceOf(code: ErrorCode): { readonly sentence: string; readonly action: string } {
  const [sentence, action] = ERRORS[code];
  return { sentence, action };
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}

/** For the end of a `switch` over a closed union: a new member becomes a type error here. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
