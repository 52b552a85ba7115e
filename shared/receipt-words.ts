/** The words of a receipt, in each language. Every word of it stands here. */
import type { Language } from './languages.ts';

export interface ReceiptWords {
  readonly title: string;
  readonly healthWorker: string;
  readonly device: string;
  readonly received: string;
  readonly read: string;
  readonly alreadyHere: string;
  readonly serverHadIt: string;
  readonly approved: string;
  readonly accepted: string;
  readonly open: string;
  readonly held: string;
  readonly superseded: string;
  readonly settled: string;
  readonly notSent: string;
  readonly refused: string;
  readonly broken: string;
  readonly sentAs: string;
  readonly server: string;
  readonly station: string;
  readonly printed: string;
  readonly code: string;
  readonly notKnown: string;
  readonly notSet: string;
  /** Behind the name of who sent. */
  readonly stationAccount: string;
  /** Over the list of what was not accepted. */
  readonly refusedList: string;
}

export const RECEIPT_WORDS: Readonly<Record<Language, ReceiptWords>> = {
  en: {
    title: 'Receipt',
    healthWorker: 'Health worker',
    device: 'Device',
    received: 'Received',
    read: 'Records read',
    alreadyHere: 'Already at the station',
    serverHadIt: 'Already on the server',
    approved: 'Approved, not yet delivered',
    accepted: 'Accepted by the server',
    open: 'Not yet decided',
    held: 'Held back',
    superseded: 'Replaced by something newer',
    settled: 'Settled with another version',
    notSent: 'Not meant for the server',
    refused: 'Not accepted by the server',
    broken: 'Could not be read',
    sentAs: 'Sent as',
    server: 'Server',
    station: 'Station',
    printed: 'Printed',
    code: 'Code',
    notKnown: 'not known',
    notSet: 'not set',
    stationAccount: 'station account',
    refusedList: 'Not accepted',
  },
  fr: {
    title: 'Reçu',
    healthWorker: 'Agent de santé',
    device: 'Appareil',
    received: 'Apporté',
    read: 'Fiches lues',
    alreadyHere: 'Déjà à la station',
    serverHadIt: 'Déjà sur le serveur',
    approved: 'Approuvées, pas encore livrées',
    accepted: 'Acceptées par le serveur',
    open: 'Pas encore décidées',
    held: 'Retenues',
    superseded: 'Remplacées par plus récent',
    settled: 'Réglées avec une autre version',
    notSent: 'Pas destinées au serveur',
    refused: 'Pas acceptées par le serveur',
    broken: 'Illisibles',
    sentAs: 'Envoyé comme',
    server: 'Serveur',
    station: 'Station',
    printed: 'Imprimé',
    code: 'Code',
    notKnown: 'pas connu',
    notSet: 'pas réglé',
    stationAccount: 'compte de la station',
    refusedList: 'Pas acceptées',
  },
};
