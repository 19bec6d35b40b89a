/** SHA-256 of what was read, so that the server can refuse what is not what left the disc. */

import { Sha256 } from '../../common/sha256';

/** Returns the digest as 64 hexadecimal digits. */
export async function sha256(bytes: ArrayBuffer): Promise<string> {
  // A page over plain http has no crypto.subtle: slower there, and no less right.
  if (!globalThis.crypto?.subtle) return new Sha256().update(new Uint8Array(bytes)).digest();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
