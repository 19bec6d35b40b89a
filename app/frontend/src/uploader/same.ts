/** Why the people on a disc are one person, as the server hears it. */

import type { SamePerson } from './messages';

/** The server takes no more; a disc of so many needs a closer look anyway. */
const MOST_PEOPLE = 100;

export const saidOf = ({ because, people }: SamePerson): unknown => ({
  because,
  people: people.slice(0, MOST_PEOPLE).map(({ name, patientId, birthDate }) => ({ name, patient_id: patientId, birth_date: birthDate })),
});
