/** Whether two headers speak of one patient, judged as the server judges it later. */

import { compareNames } from './names';

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
type Agreement = 'yes' | 'no' | 'unknown';

/** Holds a patient found on the disc against the one that staff expect; null when they said nothing. */
export function verdict(found: Identity, expected: Expected): Verdict | null {
  if (!expected.name && !expected.birthDate && !expected.patientId) return null;
  // Only what staff gave is compared.
  return compare(found, {
    ...found,
    name: expected.name || found.name,
    birthDate: digits(expected.birthDate) || found.birthDate,
    patientId: expected.patientId || found.patientId,
  });
}

/** Compares two identities; whatever cannot be told is different. */
export function compare(a: Identity, b: Identity): Verdict {
  if (same(a, b)) return 'matches';
  const dates = agree(digits(a.birthDate), digits(b.birthDate));
  const ids = idsAgree(a, b);
  if (dates === 'no' || sexesDiffer(a.sex, b.sex)) return 'different';
  const names = compareNames(a.name, b.name);
  if (names === 'same' && dates === 'yes' && ids !== 'no') return 'matches';
  if (names !== 'different') return ids === 'no' && dates !== 'yes' ? 'different' : 'check';
  return ids === 'yes' && dates === 'yes' ? 'check' : 'different';
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
  for (const one of [...alike].sort((a, b) => filled(b) - filled(a))) {
    const fitting = patients.filter((patient) => patient.every((other) => fits(one, other)));
    if (fitting.length === 1) fitting[0]?.push(one);
    else patients.push([one]);
  }
  return patients;
}

const fits = (a: Identity, b: Identity): boolean =>
  agree(a.birthDate, b.birthDate) !== 'no' && agree(a.sex, b.sex) !== 'no';

const same = (a: Identity, b: Identity): boolean =>
  a.name === b.name && a.patientId === b.patientId && a.birthDate === b.birthDate && a.issuer === b.issuer && a.sex === b.sex;

const agree = (one: string, other: string): Agreement => (!one || !other ? 'unknown' : one === other ? 'yes' : 'no');

/** Compares IDs; those of two issuers say nothing about each other. */
function idsAgree(a: Identity, b: Identity): Agreement {
  if (a.issuer && b.issuer && a.issuer.toLowerCase() !== b.issuer.toLowerCase()) return 'unknown';
  return agree(a.patientId.trim().toLowerCase(), b.patientId.trim().toLowerCase());
}

/** O and blank conflict with nothing (PS3.3 C.7.1.1). */
const sexesDiffer = (one: string, other: string): boolean => (one === 'M' && other === 'F') || (one === 'F' && other === 'M');

/** Returns a date's digits, as ACR-NEMA wrote dates with dots: 1970.01.02. */
const digits = (date: string): string => date.replace(/\D/g, '');
