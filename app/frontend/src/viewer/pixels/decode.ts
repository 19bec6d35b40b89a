/** A few decoding workers behind one function. */
import { coarse } from '../dom';
import type { Decoded, Failed, Job } from './job';
import { spawn } from './spawn';

interface Waiting { resolve(done: Decoded): void; reject(error: Error): void }

/** What a worker was handed stays in memory until its collector comes; on phones a fresh one comes first. */
const MOST_HANDED = coarse ? 8e6 : Infinity;
const most = coarse ? 2 : 3;

/** One worker, as long as it serves. */
class Decoder {
  private readonly worker = spawn();
  private readonly waiting = new Map<number, Waiting>();
  private handed = 0;

  constructor() {
    this.worker.addEventListener('message', ({ data }: MessageEvent<Decoded | Failed>) => this.answer(data));
    this.worker.addEventListener('error', () => {
      for (const one of this.waiting.values()) one.reject(new Error('the decoder stopped'));
      this.waiting.clear();
    });
  }

  get isSpent(): boolean {
    return this.handed > MOST_HANDED;
  }

  take(job: Job, waiting: Waiting): void {
    this.waiting.set(job.id, waiting);
    this.handed += job.bytes.byteLength;
    this.worker.postMessage(job, [job.bytes]);
  }

  private answer(data: Decoded | Failed): void {
    const one = this.waiting.get(data.id);
    this.waiting.delete(data.id);
    if ('error' in data) one?.reject(new Error(data.error));
    else one?.resolve(data);
    if (this.isSpent && !this.waiting.size) this.worker.terminate();
  }
}

const decoders = Array.from({ length: Math.max(1, Math.min(most, (navigator.hardwareConcurrency || 2) - 1)) }, () => new Decoder());
let last = 0;

/** Decode one frame's bytes (they are handed over) into stored values. Rejects when they are not what was told. */
export function decode(job: Omit<Job, 'id'>): Promise<Decoded> {
  const id = ++last;
  const place = id % decoders.length;
  if (decoders[place]?.isSpent) decoders[place] = new Decoder();
  return new Promise((resolve, reject) => decoders[place]?.take({ ...job, id }, { resolve, reject }));
}
