/** The stage by keyboard. */
import type { Stage } from './stage';

const PAGE = 10;

/** What each key does while the stage has the focus. Left and right belong to the series strip's neighbours too. */
export function keysOf(stage: Stage, nextSeries: (step: number) => void): Record<string, () => void> {
  const last = () => stage.pictures.length - 1;
  return {
    ArrowDown: () => stage.step(1),
    ArrowUp: () => stage.step(-1),
    ArrowRight: () => nextSeries(1),
    ArrowLeft: () => nextSeries(-1),
    PageDown: () => stage.step(PAGE),
    PageUp: () => stage.step(-PAGE),
    Home: () => void stage.show(0),
    End: () => void stage.show(last()),
    '+': () => stage.zoomBy(1.25),
    '=': () => stage.zoomBy(1.25),
    '-': () => stage.zoomBy(0.8),
    '0': () => stage.reset(),
    i: () => stage.invert(),
  };
}

/** Listen on the whole page, except where somebody types, chooses or slides. */
export function listen(stage: Stage, nextSeries: (step: number) => void): void {
  const keys = keysOf(stage, nextSeries);
  document.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    if (event.altKey || event.ctrlKey || event.metaKey || target.closest('dialog, select, input, [role=tablist]')) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
