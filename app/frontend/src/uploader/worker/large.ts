/** Sends a file that is too large to hold: read in order, hashed on the way, its parts sent side by side. */

import type { Api, PartPlan, PartTicket } from './api';
import type { Drive } from './drive';
import type { Item } from './item';
import { Refusal, reason } from './net';
import { Sha256 } from '../../common/sha256';

const PART = 16 * 2 ** 20;
const AT_ONCE = 4;
const TRIES = 5;
/** No optical drive reads faster; a Blu-ray's limit is 72 MB/s. */
const QUICK_BYTES_PER_MS = 100_000;

/** Sends the file; `sent` hears of bytes that arrived. Rejects with the drive's error when it can't be read. */
export async function sendLarge(api: Api, drive: Drive, item: Item, sent: (bytes: number) => void): Promise<void> {
  const number = item.number as number;
  const plan = await api.parts(number, PART);
  const hash = new Sha256();
  let quick = false;
  const flying = new Set<Promise<void>>();
  try {
    for (const [i, part] of plan.parts.entries()) {
      while (flying.size >= AT_ONCE) await Promise.race(flying);
      const [start, end] = [i * PART, Math.min((i + 1) * PART, item.file.size)];
      const began = performance.now();
      const bytes = await drive.read(item.file, start, end);
      // From a drive that was as fast once, it is read again for sending rather than held: fetch keeps copies for long.
      quick ||= end - start > QUICK_BYTES_PER_MS * (performance.now() - began);
      const body = quick ? item.file.slice(start, end) : bytes;
      const flight = (part.there ? Promise.resolve() : sendPart(api, drive, item, plan, part, body)).then(() => {
        sent(end - start);
        flying.delete(flight);
      });
      flying.add(flight);
      hash.update(new Uint8Array(bytes));
    }
    await Promise.all(flying);
  } finally {
    await Promise.allSettled(flying);
  }
  item.sha256 = hash.digest();
  await api.announce([item]);
  await api.partsComplete(number, PART);
}

async function sendPart(api: Api, drive: Drive, item: Item, plan: PartPlan, first: PartTicket, body: Blob | ArrayBuffer): Promise<void> {
  let part: PartTicket | undefined = first;
  let { headers } = plan;
  let answer = '';
  for (let tries = 0; tries < TRIES && part; tries += 1) {
    const response = await api.net.fetch(part.url, { method: 'PUT', body, headers }, () => drive.has(item.file));
    if (response.ok) return;
    answer = reason(response);
    // The signature has lapsed: ask for another.
    const again = await api.parts(item.number as number, PART);
    headers = again.headers;
    part = again.parts.find((one) => one.part === first.part);
  }
  throw new Refusal('A part of a large file was refused. {answer} What arrived is safe.', { answer });
}
