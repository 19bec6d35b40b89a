/** The slider that leafs through a series: "60 / 120", by mouse, finger and keys. */
import { coarse, h } from '../dom';
import { onKept, partsOf, valuesHere } from '../pixels/source';
import { count, t } from '../words';
import type { Deck } from './deck';

/** A slider under the tiles, for the active one, with a line that grows while its series comes; hidden for a single picture. */
export function scrubber(deck: Deck): HTMLElement {
  const slider = h('input', { type: 'range', min: 1, max: 1, step: 1, 'aria-label': t('scrubber') });
  const place = h('output', { 'aria-hidden': 'true' });
  const loaded = h('span', { class: 'loaded' });
  const whole = h('div', { class: 'scrubber', hidden: true }, slider, place, loaded);
  const load = () => {
    const [first] = deck.stage.pictures;
    const parts = first ? partsOf(first) : [];
    const pictures = parts.length > 1 ? parts : deck.stage.pictures;
    const here = pictures.filter((one) => valuesHere(one)).length;
    loaded.hidden = here === pictures.length;
    loaded.style.width = `${(100 * here) / Math.max(1, pictures.length)}%`;
  };
  onKept(load);
  slider.addEventListener('input', () => void deck.stage.show(Number(slider.value) - 1));
  const update = () => {
    const { pictures, wanted } = deck.stage;
    const total = pictures.length;
    whole.hidden = total < 2;
    slider.max = String(total);
    slider.value = String(wanted + 1);
    slider.setAttribute('aria-valuetext', t('n_of_total', { number: wanted + 1, total }));
    place.textContent = `${count(wanted + 1)} / ${count(total)}`;
  };
  deck.on('wanted', update);
  for (const tell of [update, load]) deck.on('active', tell);
  deck.on('series', load);
  return whole;
}

/** Tells fingers what to do, until they have done it once. */
export function swipeHint(deck: Deck): void {
  if (!coarse) return;
  const { stage } = deck;
  const hint = h('p', { class: 'hint' });
  const show = () => { hint.textContent = stage.pictures.length > 1 ? t('swipe', { total: count(stage.pictures.length) }) : ''; };
  stage.element.querySelector('.over')?.append(hint);
  stage.on('picture', () => {
    if (hint.textContent && stage.leafed) hint.remove();
    else show();
  });
}
