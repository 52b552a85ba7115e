/** The reasons of refusals.ts in French: for the window, the receipt and the list of those who settle pay. */
import type { RefusalReason, WaitReason } from './refusals.ts';

export const REFUSAL_WORDS_FR: Readonly<
  Record<RefusalReason | WaitReason | 'gone-from-server' | 'forbidden', string>
> = {
  'subject-elsewhere': 'Le patient ou le lieu appartient maintenant à une autre zone.',
  'subject-unknown': 'Le serveur ne connaît pas le patient ou le lieu.',
  'subject-deleted': 'Le patient ou le lieu a été supprimé ou archivé sur le serveur.',
  'no-subject': 'La fiche ne nomme ni patient, ni lieu, ni expéditeur.',
  'outside-area': 'Le lieu ou la personne se trouve hors de la zone de cet agent de santé.',
  'record-elsewhere': 'La fiche appartient maintenant à une autre zone sur le serveur.',
  'removed-on-server': 'La fiche a été supprimée ou archivée sur le serveur.',
  'perhaps-removed':
    'La fiche n’est pas nouvelle et le serveur n’en a aucune trace : elle a peut-être été archivée.',
  'kind-not-allowed': 'Le serveur n’accepte pas ce genre de fiche d’un téléphone.',
  'not-own': 'La fiche appartient à un autre utilisateur.',
  'no-right': 'L’agent de santé n’a pas le droit d’envoyer des fiches.',
  'bare-deletion': 'La suppression a perdu les champs qui disent au serveur à qui est la fiche.',
  'other-content': 'Le serveur a cette version de la fiche avec un autre contenu.',
  'too-large-for-server': 'La fiche est plus grande que ce que le serveur accepte.',
  'owner-unknown': 'Personne n’a encore dit à qui est la fiche.',
  'own-login-only': 'Les paramètres d’un compte ne partent qu’avec l’identifiant de cette personne.',
  'person-not-told': 'Le serveur ne dit rien de cette personne ; rien n’a pu être vérifié.',
  'needs-held': 'Elle a besoin d’un contact qui est retenu ici.',
  'needs-refused': 'Elle a besoin d’un contact que le serveur a refusé.',
  'needs-undecided': 'Elle a besoin d’un contact que personne n’a encore approuvé.',
  'needs-unsent': 'Elle a besoin d’un contact qui ne part pas avec cet envoi.',
  'kept-side-first': 'La version gardée du conflit doit arriver d’abord.',
  'joined-first': 'Elle est réunie avec ce que le serveur a modifié entre-temps.',
  'gone-from-server': 'Le serveur l’avait acceptée et ne l’a plus.',
  forbidden: 'Le serveur a refusé la fiche sans dire pourquoi.',
};
