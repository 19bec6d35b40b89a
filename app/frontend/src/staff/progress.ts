/** Follows a disc while it arrives, is checked, and gets its pictures; asks less often the longer it takes. */
interface Progress {
  state: string;
  title: string;
  done: number;
  total: number;
  percent: number;
  going_on: boolean;
}

const FIRST_MS = 1500;
const LONGEST_MS = 10_000;
const SPOKEN_EVERY_PERCENT = 10;

export function follow(box: HTMLElement): void {
  let wait = FIRST_MS;
  let spoken = 0;
  const numbers = new Intl.NumberFormat('en');

  const show = (progress: Progress): void => {
    const count = `${numbers.format(progress.done)} of ${numbers.format(progress.total)}`;
    box.querySelectorAll('[data-title]').forEach((part) => (part.textContent = progress.title));
    box.querySelectorAll('[data-count]').forEach((part) => (part.textContent = count));
    box.querySelector('[data-ring]')?.setAttribute('stroke-dasharray', `${progress.percent} 100`);
    if (progress.percent >= spoken + SPOKEN_EVERY_PERCENT) {
      spoken = progress.percent;
      box.querySelectorAll('[data-live]').forEach((part) => (part.textContent = `${progress.title}: ${count}`));
    }
  };

  const lost = (words: string): void => {
    const note = box.querySelector('[data-lost]')!;
    if (note.textContent !== words) note.textContent = words;
  };

  const ask = async (): Promise<void> => {
    try {
      const answer = await fetch(box.dataset['progress']!, { headers: { Accept: 'application/json' } });
      if (answer.status === 401 || answer.status === 404) return location.reload();
      if (!answer.ok) throw new Error(`${answer.status}`);
      const progress = (await answer.json()) as Progress;
      if (progress.state !== box.dataset['state'] || !progress.going_on) return location.reload();
      show(progress);
      lost('');
    } catch {
      lost(box.querySelector<HTMLElement>('[data-lost]')!.dataset['words']!);
    }
    wait = Math.min(LONGEST_MS, wait * 1.15);
    window.setTimeout(() => void ask(), wait);
  };

  window.setTimeout(() => void ask(), wait);
}
