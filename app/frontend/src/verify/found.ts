/** A file in a copy: its size in bytes as the copy says, and its content from the start. */
export interface Found { size: number; content: () => ReadableStream<Uint8Array> }

export type Files = Map<string, Found>;

/** The list of files: 8.3 on a disc; somebody may have called it by its full name since. */
export const MANIFESTS = ['MANIFEST.JSN', 'MANIFEST.JSON'] as const;

/** The files of something that is no copy, or a broken one, cannot be read. */
export class Unreadable extends Error {}

/** All of a small file. */
export async function whole(found: Found, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  if (found.size > limit) throw new Unreadable();
  return new Uint8Array(await new Response(found.content() as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

/** Part of a file as a view for reading numbers. */
export async function view(file: Blob, start: number, end: number): Promise<DataView> {
  if (start < 0 || start > file.size) throw new Unreadable();
  return new DataView(await file.slice(start, end).arrayBuffer());
}
