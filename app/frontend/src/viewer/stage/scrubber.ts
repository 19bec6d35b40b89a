/** The slider that leafs through a series: "60 / 120", by mouse, finger and keys. */
import { coarse, h } from '../dom';
import { count, t } from '../words';
import type { Stage } from './stage';

/** A slider under the stage; hidden for a single picture. */
export function scrubber(stage: Stage): HTMLElement {
  const slider = h('input', { type: 'range', min: 1, max: 1, step: 1, 'aria-label': t('scrubber') });
  const place = h('output', { 'aria-hidden': 'true' });
  const whole = h('div', { class: 'scrubber', hidden: true }, slider, place);
  slider.addEventListener('input', () => void stage.show(Number(slider.value) - 1));
  stage.on('wanted', () => {
    const total = stage.pictures.length;
    whole.hidden = total < 2;
    slider.max = String(total);
    slider.value = String(stage.wanted + 1);
    slider.setAttribute('aria-valuetext', t('n_of_total', { number: stage.wanted + 1, total }));
    place.textContent = `${count(stage.wanted + 1)} / ${count(total)}`;
  });
  return whole;
}

/** Tells fingers what to do, until they have done it once. */
export function swipeHint(stage: Stage, over: HTMLElement): void {
  if (!coarse) return;
  const hint = h('p', { class: 'hint' });
  const show = () => { if (stage.pictures.length > 1) hint.textContent = t('swipe', { total: count(stage.pictures.length) }); };
  over.append(hint);
  stage.on('picture', () => {
    if (hint.textContent && stage.leafed) hint.remove();
    else show();
  });
}
