/** The viewer by keyboard. */
import { MEASURING, TOOL_KEYS } from '../panels/hands';
import type { Room } from '../room';
import { LAYOUTS } from './deck';

const PAGE = 10;

/** What each key does; tools have the keys of their buttons. Left and right lead to the neighbouring series. */
function keysOf(room: Room): Record<string, () => void> {
  const { deck } = room;
  return {
    ArrowDown: () => deck.stage.step(1),
    ArrowUp: () => deck.stage.step(-1),
    ArrowRight: () => room.nextSeries(1),
    ArrowLeft: () => room.nextSeries(-1),
    PageDown: () => deck.stage.step(PAGE),
    PageUp: () => deck.stage.step(-PAGE),
    Home: () => void deck.stage.show(0),
    End: () => void deck.stage.show(deck.stage.pictures.length - 1),
    '+': () => deck.stage.zoomBy(1.25),
    '=': () => deck.stage.zoomBy(1.25),
    '-': () => deck.stage.zoomBy(0.8),
    '0': () => deck.stage.reset(),
    u: () => deck.stage.oneToOne(),
    '1': () => room.arrange(LAYOUTS[0] as (typeof LAYOUTS)[0]),
    '2': () => room.arrange(LAYOUTS[1] as (typeof LAYOUTS)[0]),
    '4': () => room.arrange(LAYOUTS[4] as (typeof LAYOUTS)[0]),
    '?': () => room.help(),
    ' ': () => room.cine.toggle(),
    x: () => room.keepView(),
    n: () => deck.next(1),
    f: () => deck.enlarge(),
    i: () => deck.stage.invert(),
    o: () => deck.stage.overlay(),
    y: () => room.cine.switch(),
    '<': () => room.cine.hurry(-1),
    '>': () => room.cine.hurry(1),
    ',': () => room.cine.moment(-1),
    '.': () => room.cine.moment(1),
    r: () => deck.stage.turn(1),
    R: () => deck.stage.turn(-1),
    h: () => deck.stage.flip(),
    Escape: () => deck.tile.pen.drop(),
    Delete: () => room.remove(),
    Backspace: () => room.remove(),
  };
}

function isMeasuring(key: string): boolean {
  return MEASURING.some(([, , own]) => own === key);
}

/** Listen on the whole page, except where somebody types, chooses or slides, or presses a button. */
export function listen(room: Room): void {
  const keys = keysOf(room);
  document.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    if (target.closest('dialog, select, input')) return;
    if ((event.ctrlKey || event.metaKey) && event.key === 'z') {
      event.preventDefault();
      room.undo();
      return;
    }
    if (event.altKey || event.ctrlKey || event.metaKey || (event.key === ' ' && target.closest('button, a'))) return;
    const tool = isMeasuring(event.key) && !room.measuring ? undefined : TOOL_KEYS.get(event.key);
    const act = tool ? () => room.take(tool) : keys[event.key];
    if (!act) return;
    if (event.key !== 'Escape') event.preventDefault(); // it closes an open menu too
    act();
  });
}
