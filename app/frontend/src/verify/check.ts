/** Whether a copy holds every file of its list unchanged, and whether we signed that list. */
import { type Files, type Found, MANIFESTS, Unreadable, whole } from './found';
import { Sha256 } from '../common/sha256';

const SIGNATURE = 'MANIFEST.SIG';
const MAX_MANIFEST = 2 ** 26;

export interface Result {
  changed: string[];
  missing: string[];
  added: string[];
  /** Null when the service could not be asked. */
  signed: boolean | null;
  /** Null when the service does not know the link. */
  latest: boolean | null;
  /** How many series were chosen, of how many; undefined for all. */
  part: [number, number] | undefined;
}

interface Listed { name: string; size: number; sha256: string }

/** Read every file of the list; throws Unreadable for what has no list. */
export async function check(files: Files, progress: (done: number, all: number) => void): Promise<Result> {
  const name = MANIFESTS.find((one) => files.has(one)) ?? MANIFESTS[0];
  const manifest = files.get(name), signature = files.get(SIGNATURE);
  if (!manifest) throw new Unreadable();
  const bytes = await whole(manifest, MAX_MANIFEST);
  const listed = parse<{ version_id: string; files: Listed[]; part?: [number, number] }>(bytes);
  if (!Array.isArray(listed.files)) throw new Unreadable();
  const result: Result = { changed: [], missing: signature ? [] : [SIGNATURE], added: [], signed: false, latest: null, part: listed.part };
  let done = 0;
  for (const { name: file, size, sha256 } of listed.files) {
    progress(done += 1, listed.files.length);
    const found = files.get(file);
    if (!found) result.missing.push(file);
    else if (found.size !== size || await digest(found) !== sha256) result.changed.push(file);
  }
  const own = new Set([name, SIGNATURE, ...listed.files.map(({ name }) => name)]);
  result.added = [...files.keys()].filter((name) => !own.has(name)).sort();
  if (!signature) return result;
  const { public_key, signature: under } = parse<Record<string, string>>(await whole(signature, MAX_MANIFEST));
  return { ...result, ...await ask({ digest: new Sha256().update(bytes).digest(), version_id: listed.version_id, public_key, signature: under }) };
}

function parse<Kind>(bytes: Uint8Array): Kind {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Kind;
  } catch {
    throw new Unreadable();
  }
}

/** Ask the service about the list; of the copy itself nothing is sent. */
async function ask(about: Record<string, string | undefined>): Promise<Pick<Result, 'signed' | 'latest'>> {
  try {
    const answer = await fetch('/verify/known', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(about),
    });
    if (answer.status === 400) return { signed: false, latest: null };
    if (!answer.ok) throw new Error(String(answer.status));
    return await answer.json() as Pick<Result, 'signed' | 'latest'>;
  } catch {
    return { signed: null, latest: null };
  }
}

/** SHA-256 of a file as hex; an empty text when it cannot be read, or is longer than it says. */
async function digest(found: Found): Promise<string> {
  const sum = new Sha256();
  let read = 0;
  const reader = found.content().getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return sum.digest();
      read += value.length;
      if (read > found.size) return '';
      sum.update(value);
    }
  } catch {
    return '';
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
