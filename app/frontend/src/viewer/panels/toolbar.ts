/** What the visitor can do to the picture: few tools for a start, all of them for who asks. */
import { coarse, h } from '../dom';
import { icon } from '../icons';
import { recall, remember } from '../memory';
import type { Room } from '../room';
import { brief, type Preset, presetsFor } from '../voi';
import { SPEEDS } from '../stage/cine';
import { language, t } from '../words';
import { button, group, press } from './button';
import { hands, marking } from './hands';
import { layouts } from './layouts';
import { menu } from './menu';

const MODE = 'vcd-tools';

function presets({ deck }: Room): HTMLSelectElement {
  const select = h('select', { 'aria-label': t('windows'), class: 'presets' });
  const found = () => (deck.stage.picture ? presetsFor(deck.stage.picture) : []);
  const named = ({ name, window, table }: Preset) => (allTools() && !table ? `${name} · ${brief(window.width)} / ${brief(window.center)}` : name);
  const fill = () => {
    const { choice } = deck.stage;
    const all = found();
    const custom = h('option', { value: 'custom', hidden: true }, t('window_custom'));
    select.replaceChildren(...all.map((one) => h('option', { value: one.id }, named(one))), custom);
    select.hidden = all.length < 2;
    const current = all.find(({ window, table }) =>
      table === choice?.table && window.center === choice?.window.center && window.width === choice.window.width);
    select.value = current?.id ?? 'custom';
  };
  select.addEventListener('change', () => {
    const chosen = found().find(({ id }) => id === select.value);
    if (chosen) deck.stage.choose(chosen.id === 'own0' ? null : chosen);
  });
  for (const what of ['picture', 'look', 'active', 'tools'] as const) deck.on(what, fill);
  return select;
}

/** Plays and pauses. */
function play({ deck, cine, playing }: Room): HTMLButtonElement {
  const made = button('play', t('play'), () => cine.toggle(), 'Space');
  const update = () => { made.hidden = deck.stage.pictures.length < 2; };
  deck.on('wanted', update);
  deck.on('active', update);
  playing.push((on) => {
    made.replaceChildren(icon(on ? 'pause' : 'play'));
    made.setAttribute('aria-label', t(on ? 'pause' : 'play'));
  });
  return made;
}

/** How fast a film plays, while it does. */
function speed({ cine, playing }: Room): HTMLSelectElement {
  const select = h('select', { 'aria-label': t('speed'), class: 'extra speed', hidden: true },
    ...SPEEDS.map((one) => h('option', { value: one }, `${one.toLocaleString(language)} ×`)));
  select.addEventListener('change', () => cine.pace(Number(select.value)));
  playing.push((on) => {
    select.hidden = !on;
    select.value = String(cine.speed);
  });
  return select;
}

/** Whether a film stays on its slice: only for who has several moments of it. */
function overTime({ deck, cine, playing }: Room): HTMLButtonElement {
  const made = button('time', t('over_time'), () => cine.switch(), 'y');
  const update = () => {
    made.hidden = cine.moments.length < 2;
    press(made, cine.overTime);
  };
  for (const what of ['picture', 'active'] as const) deck.on(what, update);
  playing.push(update);
  return made;
}

/** Shows and hides what the object draws over its pictures. */
function overlay({ deck }: Room): HTMLButtonElement {
  const made = button('overlay', t('overlay'), () => deck.stage.overlay(), 'o');
  const update = () => {
    made.hidden = !deck.stage.hasOverlays;
    press(made, deck.stage.overlaid);
  };
  for (const what of ['picture', 'look', 'active'] as const) deck.on(what, update);
  return made;
}

/** Fingers pinch, or tap twice. */
function zooms({ deck }: Room): HTMLButtonElement[] {
  if (coarse) return [];
  return [
    button('minus', t('zoom_out'), () => deck.stage.zoomBy(0.8), '-'),
    button('plus', t('zoom_in'), () => deck.stage.zoomBy(1.25), '+'),
  ];
}

const allTools = (): boolean => document.body.dataset.tools === 'all';

/** Few tools or all of them, as this browser's user last wanted. */
function mode(bar: HTMLElement, changed: () => void): HTMLButtonElement {
  const made = h('button', { type: 'button', class: 'tool wide' });
  let all = (recall(MODE) ?? (coarse ? 'few' : 'all')) === 'all';
  const show = () => {
    bar.toggleAttribute('data-all', all);
    document.body.dataset.tools = all ? 'all' : 'few';
    changed();
    made.replaceChildren(icon('more'), h('span', { class: 'said' }, t(all ? 'tools_few' : 'tools_all')));
    made.title = t(all ? 'tools_few' : 'tools_all');
    made.setAttribute('aria-expanded', String(all));
  };
  made.addEventListener('click', () => {
    all = !all;
    remember(MODE, all ? 'all' : 'few');
    show();
  });
  show();
  return made;
}

/** The whole bar of tools. */
export function toolbar(room: Room): HTMLElement {
  const { deck } = room;
  const invert = button('invert', t('invert'), () => deck.stage.invert(), 'i');
  for (const what of ['look', 'active', 'series'] as const) deck.on(what, () => press(invert, deck.stage.inverted));
  const bar = h('div', { class: 'tools' },
    hands(room),
    presets(room),
    group(t('look'), false, invert, overlay(room), play(room), speed(room), overTime(room), button('reset', t('reset'), () => deck.stage.reset(), '0')),
    menu('turn', t('place'), ...zooms(room),
      coarse ? null : button('ones', t('one_to_one'), () => deck.stage.oneToOne(), 'u'),
      button('turn', t('turn'), () => deck.stage.turn(1), 'r'), button('flip', t('flip'), () => deck.stage.flip(), 'h')).whole,
    room.measuring ? marking(room) : null,
    room.notes?.opener ?? null,
    ...layouts(room));
  bar.append(mode(bar, () => deck.tell('tools')));
  return bar;
}
