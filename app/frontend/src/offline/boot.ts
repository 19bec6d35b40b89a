/** Puts what DISC.JS brings where the viewer's own modules look for it; runs before any of them. */
import type { Disc } from './disc';

declare global {
  interface Window { VCD_DISC?: Disc }
}

function carry(id: string, told: unknown): void {
  const element = document.createElement('script');
  element.type = 'application/json';
  element.id = id;
  element.textContent = JSON.stringify(told);
  document.head.append(element);
}

carry('words', window.VCD_DISC?.words ?? {});
if (window.VCD_DISC) document.documentElement.lang = window.VCD_DISC.language;
