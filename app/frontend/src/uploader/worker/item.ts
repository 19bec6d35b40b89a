/** One file of the disc on its way. */

import type { Facts } from '../tree';

export interface Item {
  readonly path: string;
  readonly file: File;
  facts: Facts | null;
  /** Its own header was looked at: `facts` are no longer the index's word. */
  looked: boolean;
  /** Its bytes, when they were read whole and the drive is not to be asked for them again. */
  kept: Blob | null;
  /** It could not be sent from the drive: it is read anew, and held. */
  shaky: boolean;
  sha256: string | null;
  /** Its number at the server, once announced. */
  number: number | null;
  /** An earlier upload of this disc announced it. */
  before: boolean;
  state: 'there' | 'unreadable' | 'left' | 'off' | 'safe';
}

export const itemOf = (path: string, file: File): Item => ({
  path,
  file,
  facts: null,
  looked: false,
  kept: null,
  shaky: false,
  sha256: null,
  number: null,
  before: false,
  state: 'there',
});
