/** What is on a disc: patients, their studies and series, with counts; made from the facts of single files. */

import { type Identity, group } from './identity';
import type { Left } from './left';

/** What a file's header, or the disc's index, says of an instance. */
export interface Facts extends Identity {
  readonly studyUid: string;
  readonly studyDate: string;
  readonly studyDescription: string;
  readonly seriesUid: string;
  readonly seriesNumber: string;
  readonly seriesDescription: string;
  readonly modality: string;
}

export interface Part {
  files: number;
  bytes: number;
}

export interface Series extends Part {
  readonly description: string;
  readonly modality: string;
  readonly number: number;
}

export interface Study extends Part {
  /** Names the study's files when it is kept or left out. */
  readonly key: string;
  readonly date: string;
  readonly description: string;
  readonly series: Series[];
  /** Files that an earlier upload of this disc announced. */
  before: number;
}

export interface Patient extends Part {
  readonly identity: Identity;
  readonly studies: Study[];
  /** Every file was looked at: it isn't only the disc's index that says so. */
  confirmed: boolean;
}

export interface Tree {
  readonly done: boolean;
  readonly looked: number;
  readonly files: number;
  readonly patients: readonly Patient[];
  /** Sent, though nothing in the browser can tell what they are. */
  readonly others: Part;
  /** Programs and such, the first of them; `left` counts all. */
  readonly leftBehind: readonly Left[];
  readonly left: number;
  readonly tooLarge: readonly string[];
  readonly unreadable: readonly string[];
  /** Of an upload that is gone on with: what has arrived, how much of that the patients list all the same, what is not on this disc. */
  readonly resumed: { readonly announced: number; readonly received: number; readonly listed: Part; readonly elsewhere: number } | null;
}

export interface Leaf {
  readonly facts: Facts;
  readonly bytes: number;
  readonly confirmed: boolean;
  readonly before: boolean;
}

/** Returns what names the study of a file. The index knows name and ID of a patient, often no more. */
export const keyOf = (facts: Facts): string => `${facts.patientId}\n${facts.name}\n${facts.studyUid}`;

const identityOf = ({ name, patientId, issuer, birthDate, sex }: Facts): string => [name, patientId, issuer, birthDate, sex].join('\n');

/** Groups files: patients in the order of their names, studies newest first, series by number. */
export function grow(leaves: readonly Leaf[]): Patient[] {
  const identities = new Map<string, Identity>();
  for (const { facts } of leaves) identities.set(identityOf(facts), facts);
  const patientOf = new Map<string, Patient>();
  const patients = group([...identities.values()]).map((alike) => {
    const patient: Patient = { identity: plain(alike[0] as Identity), studies: [], confirmed: true, files: 0, bytes: 0 };
    for (const identity of alike) patientOf.set(identityOf(identity as Facts), patient);
    return patient;
  });
  const studies = new Map<string, Map<string, Study>>();
  const series = new Map<string, Series>();
  for (const leaf of leaves) {
    const identity = identityOf(leaf.facts);
    hang(leaf, patientOf.get(identity) as Patient, identity, studies, series);
  }
  for (const { studies: of } of patients) order(of);
  return patients.sort((a, b) => a.identity.name.localeCompare(b.identity.name));
}

function hang(leaf: Leaf, patient: Patient, identity: string, all: Map<string, Map<string, Study>>, series: Map<string, Series>): void {
  const { facts } = leaf;
  const of = all.get(identity) ?? new Map<string, Study>();
  all.set(identity, of);
  let study = of.get(facts.studyUid) ?? patient.studies.find(({ key }) => key === keyOf(facts));
  if (!study) {
    study = { key: keyOf(facts), date: facts.studyDate, description: facts.studyDescription, series: [], before: 0, files: 0, bytes: 0 };
    patient.studies.push(study);
  }
  of.set(facts.studyUid, study);
  const name = `${identity}\n${facts.studyUid}\n${facts.seriesUid}`;
  let one = series.get(name);
  if (!one) {
    one = { description: facts.seriesDescription, modality: facts.modality, number: Number(facts.seriesNumber) || 0, files: 0, bytes: 0 };
    series.set(name, one);
    study.series.push(one);
  }
  for (const branch of [patient, study, one]) {
    branch.files += 1;
    branch.bytes += leaf.bytes;
  }
  study.before += Number(leaf.before);
  patient.confirmed &&= leaf.confirmed;
}

function order(studies: Study[]): void {
  studies.sort((a, b) => b.date.localeCompare(a.date));
  for (const { series } of studies) series.sort((a, b) => a.number - b.number);
}

const plain = ({ name, patientId, issuer, birthDate, sex }: Identity): Identity => ({ name, patientId, issuer, birthDate, sex });
