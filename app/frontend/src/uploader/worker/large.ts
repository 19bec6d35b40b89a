/** Sends a file that is too large to hold: read once, in order, hashed on the way, its parts sent side by side. */

import type { Api, PartPlan, PartTicket } from './api';
import type { Drive } from './drive';
import type { Item } from './item';
import { Refusal, reason } from './net';
import { Sha256 } from './sha256';

const PART = 16 * 2 ** 20;
const AT_ONCE = 4;
const TRIES = 5;

/** Sends the file; `sent` hears of bytes that arrived. Rejects with the drive's error when it can't be read. */
export async function sendLarge(api: Api, drive: Drive, item: Item, sent: (bytes: number) => void): Promise<void> {
  const number = item.number as number;
  const plan = await api.parts(number, PART);
  const hash = new Sha256();
  const flying = new Set<Promise<void>>();
  for (const [i, part] of plan.parts.entries()) {
    while (flying.size >= AT_ONCE) await Promise.race(flying);
    const bytes = await drive.read(item.file, i * PART, Math.min((i + 1) * PART, item.file.size));
    hash.update(new Uint8Array(bytes));
    const flight = (part.there ? Promise.resolve() : sendPart(api, number, plan, part, bytes)).then(() => {
      sent(bytes.byteLength);
      flying.delete(flight);
    });
    flying.add(flight);
  }
  await Promise.all(flying);
  item.sha256 = hash.digest();
  await api.announce([item]);
  await api.partsComplete(number, PART);
}

async function sendPart(api: Api, number: number, plan: PartPlan, first: PartTicket, bytes: ArrayBuffer): Promise<void> {
  let part: PartTicket | undefined = first;
  let { headers } = plan;
  let answer = '';
  for (let tries = 0; tries < TRIES && part; tries += 1) {
    const response = await api.net.fetch(part.url, { method: 'PUT', body: bytes, headers });
    if (response.ok) return;
    answer = reason(response);
    // The signature has lapsed: ask for another.
    const again = await api.parts(number, PART);
    headers = again.headers;
    part = again.parts.find((one) => one.part === first.part);
  }
  throw new Refusal(`A part of a large file was refused. ${answer} What arrived is safe.`);
}
