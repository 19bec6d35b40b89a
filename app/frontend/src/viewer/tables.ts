/** The manifest's tables: each is told once, however many pictures refer to it. */
import type { Manifest, Table } from './manifest';

export let tables: Manifest['tables'] = {};

/** Take the manifest's tables. */
export function useTables(all: Manifest['tables']): void {
  tables = all;
}

/** A table's entries. */
export function entriesOf({ data, bits }: Table): Uint8Array | Uint16Array {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return bits === 8 ? bytes : Uint16Array.from({ length: bytes.length >> 1 }, (_, at) => (bytes[2 * at] as number) | ((bytes[2 * at + 1] as number) << 8));
}
