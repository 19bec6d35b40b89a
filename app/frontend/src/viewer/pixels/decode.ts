/** A few decoding workers behind one function. */
import { coarse } from '../dom';
import type { Decoded, Failed, Job } from './job';
import { spawn } from './spawn';

interface Waiting { resolve(done: Decoded): void; reject(error: Error): void }

const most = coarse ? 2 : 3;
const workers = Array.from({ length: Math.max(1, Math.min(most, (navigator.hardwareConcurrency || 2) - 1)) }, start);
const waiting = new Map<number, Waiting>();
let last = 0;

function start(): Worker {
  const worker = spawn();
  worker.addEventListener('message', ({ data }: MessageEvent<Decoded | Failed>) => {
    const one = waiting.get(data.id);
    waiting.delete(data.id);
    if ('error' in data) one?.reject(new Error(data.error));
    else one?.resolve(data);
  });
  worker.addEventListener('error', () => {
    for (const one of waiting.values()) one.reject(new Error('the decoder stopped'));
    waiting.clear();
  });
  return worker;
}

/** Decode one frame's bytes (they are handed over) into modality values. Rejects when they are not what was told. */
export function decode(job: Omit<Job, 'id'>): Promise<Decoded> {
  const id = ++last;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    workers[id % workers.length]?.postMessage({ ...job, id }, [job.bytes]);
  });
}
