/** Several tiles: how many, what goes together, now and before, other planes. */
import { h } from '../dom';
import type { Room } from '../room';
import { LAYOUTS, layoutOption, nameOf } from '../stage/deck';
import { t } from '../words';
import { button, group, press } from './button';
import { handed } from './handed';
import { menu } from './menu';

function chooser(room: Room): HTMLSelectElement {
  const select = h('select', { class: 'layouts', 'aria-label': t('layout') }, ...LAYOUTS.map(layoutOption));
  select.addEventListener('change', () => {
    const layout = LAYOUTS[select.selectedIndex];
    if (layout) room.arrange(layout);
  });
  room.deck.on('tiles', () => {
    select.value = nameOf(room.deck.layout);
  });
  return select;
}

/** What goes together only makes sense with several tiles. */
function linking(room: Room): HTMLElement[] {
  const { deck, links } = room;
  const scroll = button('link', t('link_scroll'), () => change(() => links.link(!links.scrolling)));
  const windows = button('windows', t('link_windows'), () => change(() => { links.windowing = !links.windowing; }));
  const lines = button('lines', t('lines'), () => change(() => {
    links.lines = !links.lines;
    links.cross();
  }));
  const all = [scroll, windows, lines];
  const show = () => {
    press(scroll, links.scrolling);
    press(windows, links.windowing);
    press(lines, links.lines);
    for (const one of all) one.hidden = deck.visible.length < 2;
  };
  const change = (act: () => void) => {
    act();
    show();
  };
  deck.on('tiles', show);
  show();
  return all;
}

export function layouts(room: Room): (HTMLElement | null)[] {
  const compare = room.studies > 1 ? button('compare', t('compare'), () => room.compare()) : null;
  const planes = room.reslicing ? button('planes', t('planes'), () => room.planes()) : null;
  const keep = room.keeping ? button('keep', t('view_keep'), () => room.keepView(), 'x') : null;
  return [
    compare && group(t('compare'), true, compare),
    menu('tiles', t('layout'), chooser(room), planes, ...linking(room)).whole,
    group(t('help'), true, keep, button('keys', t('shortcuts'), () => room.help(), '?'), handed()),
  ];
}
