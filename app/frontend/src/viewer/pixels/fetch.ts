/** Getting bytes over a connection that may drop. */

/** The visit is over: nothing more will be served. Its message is the service's, for the visitor; or empty. */
export class VisitEnded extends Error {}
/** The bytes could not be had, now; asking again may help. */
export class Unreachable extends Error {}
/** Why a picture cannot be seen, in words for people, and what they can do about it. */
export class Told extends Error {
  constructor(text: string, readonly way?: { label: string; act: () => void }) {
    super(text);
  }
}

const ENDED = [401, 403, 404, 410];
const PAUSES_MS = [400, 1200, 3000];
const PATIENCE_MS = 60_000;

/** What the service says of its refusal (RFC 9457). */
async function reason(answer: Response): Promise<string> {
  const problem = await answer.json().catch(() => null) as { detail?: unknown } | null;
  return typeof problem?.detail === 'string' ? problem.detail : '';
}

async function once(url: string): Promise<ArrayBuffer> {
  let answer: Response;
  const patience = new AbortController();
  const lost = setTimeout(() => patience.abort(), PATIENCE_MS); // AbortSignal.timeout would hold the answer till then
  try {
    answer = await fetch(url, { signal: patience.signal, credentials: 'same-origin', headers: { Accept: 'application/json, */*' } });
    if (answer.ok) return await answer.arrayBuffer();
  } catch {
    throw new Unreachable('no connection');
  } finally {
    clearTimeout(lost);
  }
  throw ENDED.includes(answer.status) ? new VisitEnded(await reason(answer)) : new Unreachable(String(answer.status));
}

/** The bytes at an address of ours; tries again after short pauses before it gives up. */
export async function bytesOf(url: string): Promise<ArrayBuffer> {
  for (const pause of PAUSES_MS) {
    try {
      return await once(url);
    } catch (error) {
      if (error instanceof VisitEnded) throw error;
      await new Promise((go) => setTimeout(go, pause));
    }
  }
  return once(url);
}
