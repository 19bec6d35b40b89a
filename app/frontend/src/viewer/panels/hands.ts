/** What dragging does: the choice of tools, of measuring too. */
import { coarse } from '../dom';
import { icon, type IconName } from '../icons';
import type { Room } from '../room';
import { type Tool, USUAL } from '../stage/gestures';
import { t } from '../words';
import { button, group, press } from './button';
import { menu } from './menu';

type Entry = [tool: Tool, icon: IconName, key: string];

/** On a phone two fingers zoom and move, and one leafs, so that only brightness needs a button. */
const MOVING: Entry[] = [['window', 'window', 'w'], ['scroll', 'scroll', 's'], ['zoom', 'zoom', 'z'], ['pan', 'pan', 'p']];
const LOOKING: Entry[] = [['magnifier', 'magnifier', 'm'], ['crosshair', 'crosshair', 'c']];
export const MEASURING: Entry[] = [
  ['probe', 'probe', 'v'], ['length', 'length', 'l'], ['angle', 'angle', 'a'],
  ['rectangle', 'rectangle', 'b'], ['ellipse', 'ellipse', 'e'], ['arrow', 'arrow', 't'],
];

/** All tools by their keys. */
export const TOOL_KEYS = new Map<string, Tool>([...MOVING, ...LOOKING, ...MEASURING].map(([tool, , key]) => [key, tool]));

function choice(room: Room, entries: Entry[]): HTMLButtonElement[] {
  return entries.map(([tool, name, key]) => {
    const made = button(name, t(`tool_${tool}`), () => room.take(room.hand.tool === tool ? USUAL : tool), key);
    room.tooled.push((chosen) => press(made, chosen === tool));
    return made;
  });
}

export function hands(room: Room): HTMLElement {
  const [first, ...rest] = choice(room, [...MOVING, ...LOOKING]);
  for (const one of rest) if (coarse) one.classList.add('extra');
  const magnifier = rest.slice(-LOOKING.length);
  for (const one of magnifier) one.classList.add('extra');
  return group(t('tools'), false, first ?? null, ...rest);
}

/** Measuring, and taking marks back. */
export function marking(room: Room): HTMLElement {
  const undo = button('undo', t('undo'), () => room.undo(), 'Ctrl+z');
  const remove = button('remove', t('remove'), () => room.remove(), 'Delete');
  const update = () => {
    undo.disabled = !room.book.undoable;
    remove.disabled = !room.deck.stage.picture || !room.book.of(room.deck.stage.picture.imageId).length;
  };
  room.book.on(update);
  for (const what of ['picture', 'active'] as const) room.deck.on(what, update);
  update();
  const { whole, opener } = menu('length', t('measuring'), ...choice(room, MEASURING), undo, remove, room.notes?.keeper() ?? null);
  room.tooled.push((tool) => {
    const taken = MEASURING.find(([one]) => one === tool);
    opener.replaceChildren(icon(taken?.[1] ?? 'length'));
    press(opener, !!taken);
  });
  return whole;
}
