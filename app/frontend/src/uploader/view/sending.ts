/** The page while it sends: how far, how fast, how long; and when the disc may come out. */

import type { Progress } from '../messages';
import { count, size, span, t } from '../words';
import { find, say } from './dom';

const REMEMBERED_MS = 15_000;
const SPOKEN_EVERY_MS = 15_000;
const SPEED = 'vcd-speed';

interface Moment {
  readonly at: number;
  readonly bytes: number;
}

export class SendingView {
  readonly #bar = find<HTMLProgressElement>('bar');
  readonly #pause = find<HTMLButtonElement>('pause');
  #moments: Moment[] = [];
  #spoken = -Infinity;
  #status = '';

  show(progress: Progress, paused: boolean): void {
    const { files, allFiles, bytes, allBytes, lost } = progress;
    this.#bar.max = Math.max(allBytes, 1);
    this.#bar.value = bytes;
    const speed = this.#speed(bytes, paused || lost);
    const far = t('{n} of {total} files', { n: count(files), total: count(allFiles) });
    say(find('now'), far);
    const rate = speed > 0 ? t(' · {speed} a second · {time} left', { speed: size(speed), time: span((allBytes - bytes) / speed) }) : '';
    say(find('much'), t('{n} of {total}', { n: size(bytes), total: size(allBytes) }) + (bytes < allBytes ? rate : ''));
    say(this.#pause.querySelector('span')!, t(paused ? 'Go on' : 'Pause'));
    this.#pause.dataset['state'] = paused ? 'paused' : '';
    const status = noteOf(progress, paused);
    say(find('note'), status);
    find('out').hidden = progress.off < allFiles;
    this.#speak(`${far}. ${status}`, status);
  }

  /** Returns bytes a second over the last seconds, 0 while nobody can tell. */
  #speed(bytes: number, resting: boolean): number {
    const at = performance.now();
    if (resting) this.#moments = [];
    this.#moments = [...this.#moments.filter((moment) => at - moment.at < REMEMBERED_MS), { at, bytes }];
    const first = this.#moments[0]!;
    const speed = at - first.at > 1000 ? ((bytes - first.bytes) / (at - first.at)) * 1000 : 0;
    if (speed > 0) localStorage.setItem(SPEED, String(Math.round(speed)));
    return speed;
  }

  /** Lets screen readers hear of it, but not four times a second. */
  #speak(text: string, status: string): void {
    const at = performance.now();
    if (status === this.#status && at - this.#spoken < SPOKEN_EVERY_MS) return;
    [this.#spoken, this.#status] = [at, status];
    say(find('spoken'), text);
  }
}

function noteOf({ files, allFiles, lost }: Progress, paused: boolean): string {
  if (paused) return t('Paused. What was sent is safe.');
  if (lost) return t('Connection lost. {n} of {total} are safe; we’ll go on by ourselves.', { n: count(files), total: count(allFiles) });
  return '';
}

/** Returns about how long so many bytes take, by the speed of the last time; empty the first time. */
export function estimate(bytes: number): string {
  const speed = Number(localStorage.getItem(SPEED));
  return speed > 0 ? `, ${span(bytes / speed)}` : '';
}
