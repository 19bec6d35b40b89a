/** Whether two headers speak of one patient, judged as the server judges it later (`app.dicom.identity`). */

import { type Agreement, datesAgree, idsAgree, sexesAgree } from './likeness/agreement';
import { NameLikeness, compareNames } from './likeness/names';
import { folded } from './likeness/spelling';

export interface Identity {
  readonly name: string;
  readonly patientId: string;
  readonly issuer: string;
  /** As in the header: YYYYMMDD. */
  readonly birthDate: string;
  readonly sex: string;
}

export interface Expected {
  readonly name: string;
  readonly birthDate: string;
  readonly patientId: string;
}

export type Verdict = 'matches' | 'check' | 'different';

const ANY_NAME = 'Any^Name';
const ANY_DATE = '19700102';

/** Holds a patient found on the disc against the one that staff expect; null when they said nothing. What they left open is no difference. */
export function verdict(found: Identity, { name, birthDate, patientId }: Expected): Verdict | null {
  if (!name && !birthDate && !patientId) return null;
  const expected: Identity = { name: name || ANY_NAME, birthDate: birthDate || ANY_DATE, patientId, issuer: '', sex: '' };
  return compare(expected, { ...found, name: name ? found.name : ANY_NAME, birthDate: birthDate ? found.birthDate : ANY_DATE });
}

/** Compares two identities; whatever cannot be told is different. */
export function compare(a: Identity, b: Identity): Verdict {
  const names = compareNames(a.name, b.name);
  const dates = datesAgree(a.birthDate, b.birthDate);
  const ids = idsOf(a, b);
  if (sexesAgree(a.sex, b.sex) === 'no') return names === SAME && dates === 'yes' && ids === 'yes' ? 'check' : 'different';
  if (dates === 'yes' && isSure(names, ids)) return 'matches';
  return names >= (ENOUGH[dates][ids] ?? NEVER) ? 'check' : 'different';
}

const { DIFFERENT, RELATED, AKIN, SIMILAR, SAME } = NameLikeness;
const NEVER = SAME + 1;

/** By what the birth dates say, then by what the IDs say, how alike names must be at least; what is not listed is never enough. */
const ENOUGH: Record<Agreement, Partial<Record<Agreement, number>>> = {
  yes: { yes: DIFFERENT, close: RELATED, unknown: RELATED, no: AKIN },
  close: { yes: RELATED, close: SIMILAR, unknown: SIMILAR },
  unknown: { yes: AKIN, close: SIMILAR, unknown: SIMILAR },
  no: { yes: SIMILAR },
};

/** Tells whether, on one birth date, nobody needs to look. */
const isSure = (names: number, ids: Agreement): boolean => (ids === 'yes' ? names >= SIMILAR : ids === 'unknown' && names === SAME);

/** Compares IDs; those of two issuers say nothing about each other. */
function idsOf(a: Identity, b: Identity): Agreement {
  if (a.issuer && b.issuer && folded(a.issuer) !== folded(b.issuer)) return 'unknown';
  return idsAgree(a.patientId, b.patientId);
}

/** Parts identities into patients: same ID, issuer and name exactly; birth date and sex must not conflict. */
export function group(identities: readonly Identity[]): Identity[][] {
  const alike = new Map<string, Identity[]>();
  for (const one of identities) {
    const key = `${one.patientId}\n${one.issuer}\n${one.name}`;
    alike.set(key, [...(alike.get(key) ?? []), one]);
  }
  return [...alike.values()].flatMap(part);
}

function part(alike: readonly Identity[]): Identity[][] {
  const patients: Identity[][] = [];
  const filled = ({ birthDate, sex }: Identity): number => Number(!!birthDate) + Number(!!sex);
  for (const one of [...alike].sort((a, b) => filled(b) - filled(a) || order(a.birthDate, b.birthDate) || order(a.sex, b.sex))) {
    const fitting = patients.filter((patient) => patient.every((other) => fits(one, other)));
    if (fitting.length === 1) fitting[0]?.push(one);
    else patients.push([one]);
  }
  return patients;
}

const order = (one: string, other: string): number => Number(one > other) - Number(one < other);

const fits = (a: Identity, b: Identity): boolean =>
  (!a.birthDate || !b.birthDate || a.birthDate === b.birthDate) && (!a.sex || !b.sex || a.sex === b.sex);
