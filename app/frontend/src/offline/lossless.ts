/** JPEG lossless, Huffman coded (ISO/IEC 10918-1, process 14): what many scanners write, and no browser reads. */

export class Unreadable extends Error {}

export interface Decoded { rows: number; columns: number; samples: number; precision: number; values: Uint16Array }

interface Component { id: number; table: Table }
/** For each code length: the first code, its first symbol's place, and one past the last code. */
interface Table { first: Int32Array; after: Int32Array; place: Int32Array; symbols: Uint8Array }

const enum Marker { SOF3 = 0xc3, DHT = 0xc4, SOI = 0xd8, EOI = 0xd9, SOS = 0xda, DRI = 0xdd, RST0 = 0xd0, RST7 = 0xd7 }
const LONGEST = 16;

/** Bits of the entropy coded segment, the most significant first; a stuffed zero after FF is no data (F.1.2.3). */
class Bits {
  private hold = 0;
  private left = 0;

  constructor(private readonly bytes: Uint8Array, public at: number) {}

  private byte(): number {
    const value = this.bytes[this.at];
    if (value === undefined) throw new Unreadable('it ends too early');
    if (value !== 0xff) {
      this.at++;
      return value;
    }
    if (this.bytes[this.at + 1] !== 0) return 0; // a marker: what is missing before it is zeros
    this.at += 2;
    return 0xff;
  }

  bit(): number {
    if (!this.left) {
      this.hold = this.byte();
      this.left = 8;
    }
    return (this.hold >> --this.left) & 1;
  }

  take(count: number): number {
    let value = 0;
    for (let n = 0; n < count; n++) value = (value << 1) | this.bit();
    return value;
  }

  /** Go on behind a restart marker. */
  restart(): void {
    this.left = 0;
    const [mark, kind] = [this.bytes[this.at], this.bytes[this.at + 1] ?? 0];
    if (mark !== 0xff || kind < Marker.RST0 || kind > Marker.RST7) throw new Unreadable('a restart is missing');
    this.at += 2;
  }
}

function tableOf(counts: Uint8Array, symbols: Uint8Array): Table {
  const [first, after, place] = [new Int32Array(LONGEST + 1), new Int32Array(LONGEST + 1), new Int32Array(LONGEST + 1)];
  let [code, at] = [0, 0];
  for (let length = 1; length <= LONGEST; length++) {
    const count = counts[length - 1] as number;
    first[length] = code;
    place[length] = at;
    after[length] = code + count;
    code = (code + count) << 1;
    at += count;
  }
  return { first, after, place, symbols };
}

function symbol(bits: Bits, { first, after, place, symbols }: Table): number {
  let code = 0;
  for (let length = 1; length <= LONGEST; length++) {
    code = (code << 1) | bits.bit();
    if (code < (after[length] as number)) return symbols[(place[length] as number) + code - (first[length] as number)] as number;
  }
  throw new Unreadable('a code that is none');
}

/** A difference (H.1.2.2): its category, then its bits. */
function difference(bits: Bits, table: Table): number {
  const category = symbol(bits, table);
  if (category === 0) return 0;
  if (category === 16) return 32768;
  if (category > 16) throw new Unreadable('a category that is none');
  const value = bits.take(category);
  return value < 1 << (category - 1) ? value - (1 << category) + 1 : value;
}

/** Table H.1: from the left, above and upper left neighbours. */
function predicted(selection: number, a: number, b: number, c: number): number {
  switch (selection) {
    case 1: return a;
    case 2: return b;
    case 3: return c;
    case 4: return a + b - c;
    case 5: return a + ((b - c) >> 1);
    case 6: return b + ((a - c) >> 1);
    case 7: return (a + b) >> 1;
    default: throw new Unreadable('a predictor that is none');
  }
}

class Reader {
  private precision = 0;
  private rows = 0;
  private columns = 0;
  private ids: number[] = [];
  private interval = 0;
  private readonly tables = new Map<number, Table>();
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): Decoded {
    let at = 2;
    while (at + 4 <= this.bytes.length) {
      if (this.bytes[at] !== 0xff) throw new Unreadable('no marker');
      const kind = this.bytes[at + 1] as number;
      if (kind === 0xff) {
        at++;
        continue;
      }
      const [start, end] = [at + 4, at + 2 + this.view.getUint16(at + 2)];
      if (kind === Marker.DHT) this.huffman(start, end);
      else if (kind === Marker.SOF3) this.frame(start);
      else if (kind === Marker.DRI) this.interval = this.view.getUint16(start);
      else if (kind === Marker.SOS) return this.scan(start, end);
      else if ((kind & 0xf0) === 0xc0) throw new Unreadable('another process');
      at = end;
    }
    throw new Unreadable('no scan');
  }

  private huffman(start: number, end: number): void {
    for (let at = start; at < end;) {
      const counts = this.bytes.subarray(at + 1, at + 17);
      const total = counts.reduce((sum, count) => sum + count, 0);
      this.tables.set((this.bytes[at] as number) & 15, tableOf(counts, this.bytes.subarray(at + 17, at + 17 + total)));
      at += 17 + total;
    }
  }

  private frame(start: number): void {
    this.precision = this.bytes[start] as number;
    this.rows = this.view.getUint16(start + 1);
    this.columns = this.view.getUint16(start + 3);
    const count = this.bytes[start + 5] as number;
    this.ids = Array.from({ length: count }, (_, index) => this.bytes[start + 6 + 3 * index] as number);
    for (let index = 0; index < count; index++) {
      if (this.bytes[start + 7 + 3 * index] !== 0x11) throw new Unreadable('thinned colour');
    }
  }

  private scan(start: number, end: number): Decoded {
    const count = this.bytes[start] as number;
    if (count !== this.ids.length || !this.rows || !this.columns) throw new Unreadable('several scans');
    const components: Component[] = this.ids.map((id, index) => {
      const table = this.tables.get((this.bytes[start + 2 + 2 * index] as number) >> 4);
      if (!table || this.bytes[start + 1 + 2 * index] !== id) throw new Unreadable('a table is missing');
      return { id, table };
    });
    const [selection, transform] = [this.bytes[start + 1 + 2 * count] as number, (this.bytes[start + 3 + 2 * count] as number) & 15];
    const values = this.values(new Bits(this.bytes, end), components, selection, transform);
    return { rows: this.rows, columns: this.columns, samples: count, precision: this.precision, values };
  }

  /** H.1.2.1: the first line predicts from the left, every other line's first value from above. */
  private values(bits: Bits, components: Component[], selection: number, transform: number): Uint16Array {
    const [across, total] = [this.columns * components.length, this.rows * this.columns * components.length];
    const out = new Uint16Array(total);
    const origin = 1 << (this.precision - transform - 1);
    let [fresh, units] = [true, 0]; // fresh: nothing lies before, at the start and behind each restart
    let freshRow = 0;
    for (let row = 0, at = 0; row < this.rows; row++) {
      for (let column = 0; column < this.columns; column++, units++) {
        if (this.interval && units && units % this.interval === 0) {
          bits.restart();
          [fresh, freshRow] = [true, row];
        }
        for (const { table } of components) {
          const left = at - components.length;
          let from: number;
          if (fresh) from = origin;
          else if (row === freshRow) from = out[left] as number;
          else if (column === 0) from = out[at - across] as number;
          else from = predicted(selection, out[left] as number, out[at - across] as number, out[left - across] as number);
          out[at++] = from + difference(bits, table);
        }
        fresh = false;
      }
    }
    return transform ? out.map((value) => value << transform) : out;
  }
}

/** Decode one frame. Throws Unreadable for what is another kind of JPEG, or damaged. */
export function lossless(bytes: Uint8Array): Decoded {
  if (bytes[0] !== 0xff || bytes[1] !== Marker.SOI) throw new Unreadable('no JPEG');
  return new Reader(bytes).read();
}
