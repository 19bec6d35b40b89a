/** Beginning an upload, or going on with one; and following the server's reading afterwards. */

import type { Announced, Upload } from './messages';

/** The server's no, in its own words. */
export class Refusal extends Error {}

export interface Resumed extends Upload {
  readonly files: readonly Announced[];
  /** What was said before the upload was broken off. */
  readonly same_person_because: string;
}

interface Reading {
  readonly state: 'receiving' | 'ingesting' | 'ready' | 'needs_review' | 'failed';
  readonly files: number;
  readonly read: number;
}

const ASK_MS = 700;
const LOGGED_OUT = 'You were logged out. Log in again in another tab, then press Send again: what you chose stays here.';

/** Asks the server under the page's login, even one that is newer than the page. */
export async function ask<T>(address: string, body: unknown, token: string): Promise<T> {
  const post = (proof: string): Promise<Response> =>
    fetch(address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': proof },
      body: JSON.stringify(body),
    });
  let response = await post(token);
  const fresh = response.status === 400 ? await freshToken() : null;
  if (fresh) response = await post(fresh);
  if (!response.ok) throw new Refusal(await sentence(response));
  return (await response.json()) as T;
}

/** Returns the page's token as it would be now, null where the page no longer opens. Refuses who is logged out. */
async function freshToken(): Promise<string | null> {
  const page = await fetch(location.href);
  if (page.redirected) throw new Refusal(LOGGED_OUT);
  if (!page.ok) return null;
  const read = new DOMParser().parseFromString(await page.text(), 'text/html');
  return read.querySelector<HTMLInputElement>('#new-disc [name=csrf_token]')?.value ?? null;
}

async function sentence(response: Response): Promise<string> {
  if (response.status === 401) return LOGGED_OUT;
  return ((await response.json().catch(() => ({}))) as { detail?: string }).detail ?? 'The server answered with an error.';
}

/** Follows the server's reading until a person can go on; a lost line only makes it wait. */
export async function follow(upload: Upload, told: (read: number, files: number) => void): Promise<void> {
  const headers = { Authorization: `Upload ${upload.grant}`, Accept: 'application/json' };
  for (;;) {
    const response = await fetch(upload.upload, { headers }).catch(() => null);
    if (response?.status === 404) return;
    if (response?.ok) {
      const { state, read, files } = (await response.json()) as Reading;
      told(read, files);
      if (state !== 'receiving' && state !== 'ingesting') return;
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
  }
}
