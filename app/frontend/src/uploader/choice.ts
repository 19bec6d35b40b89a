/** What staff decide about what was found: what is left out, and whether it may be sent at all. */

import { type Expected, type Verdict, verdict } from './identity';
import type { Patient, Tree } from './tree';

export interface Judged {
  readonly patient: Patient;
  readonly verdict: Verdict | null;
  /** Some of it will be sent. */
  readonly kept: boolean;
}

/** Why nothing may be sent yet. */
export type Hold = 'nothing' | 'looking' | 'much' | 'several' | 'different' | 'elsewhere' | null;

/** Bytes that one disc may bring (`app.ingest.limits`). */
const MOST_BYTES = 10 * 2 ** 30;

export class Choice {
  readonly leftOut = new Set<string>();

  set(keys: Iterable<string>, kept: boolean): void {
    for (const key of keys) kept ? this.leftOut.delete(key) : this.leftOut.add(key);
  }

  judge(tree: Tree, expected: Expected): Judged[] {
    const judged = tree.patients.map((patient) => ({
      patient,
      verdict: verdict(patient.identity, expected),
      kept: patient.studies.some(({ key }) => !this.leftOut.has(key)),
    }));
    // Whom staff expect comes first.
    return judged.sort((a, b) => Number(b.verdict === 'matches') - Number(a.verdict === 'matches'));
  }

  /** Tells what holds sending up; `because` is why staff say that it is one person after all. */
  hold(tree: Tree, judged: readonly Judged[], because: string): Hold {
    const kept = judged.filter((one) => one.kept);
    const { resumed } = tree;
    if (resumed && resumed.elsewhere > resumed.announced / 2) return 'elsewhere';
    if (kept.length === 0 && tree.others.files === 0 && !resumed?.received) return tree.done ? 'nothing' : 'looking';
    if (this.total(tree).bytes > MOST_BYTES) return 'much';
    // While an optical drive is still being looked at, the disc's own index may do.
    if (!tree.done && !kept.some(({ patient }) => !patient.confirmed)) return 'looking';
    if (because) return null;
    if (kept.length > 1) return 'several';
    return kept.some((one) => one.verdict === 'different') ? 'different' : null;
  }

  /** Tells whether it makes sense to say why several are one person, or another is the expected one. */
  doubted(judged: readonly Judged[]): boolean {
    const kept = judged.filter((one) => one.kept);
    return kept.length > 1 || kept.some((one) => one.verdict !== null && one.verdict !== 'matches');
  }

  /** Returns how much would be sent. */
  total(tree: Tree): { images: number; files: number; bytes: number } {
    const kept = tree.patients.flatMap(({ studies }) => studies).filter(({ key }) => !this.leftOut.has(key));
    const images = kept.reduce((sum, { files }) => sum + files, 0);
    const safe = tree.resumed?.listed ?? { files: 0, bytes: 0 };
    return {
      images,
      files: images + tree.others.files - safe.files,
      bytes: kept.reduce((sum, { bytes }) => sum + bytes, 0) + tree.others.bytes - safe.bytes,
    };
  }
}
