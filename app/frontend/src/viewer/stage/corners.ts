/** The texts over the picture: who, series, number, window, zoom, side and the letters at its edges. */
import { seriesName, studyLine } from '../describe';
import { h } from '../dom';
import { edgesOf } from '../letters';
import type { Picture } from '../manifest';
import { brief } from '../voi';
import { count, t } from '../words';
import { locationOf, momentsOf, planeOf } from '../space';
import { scaleOf } from './scale';
import type { Stage } from './stage';

const SIDES: Record<string, string> = { L: 'side_L', R: 'side_R', B: 'side_B' };

/** Name and birth date as the page's head says them, for tiles that stand beside each other. */
const person = (): string => [...document.querySelectorAll('.who .name, .who .born')].map((one) => one.textContent).join(', ');

/** What stands on every picture of an emergency release: the page brings it for the first tile. */
function unmatched(over: HTMLElement): HTMLElement[] {
  const first = document.querySelector('.unmatched');
  return first && !over.contains(first) ? [first.cloneNode(true) as HTMLElement] : [];
}

/** Keeps the corner texts of a stage true. */
export class Corners {
  private readonly series = h('p', { class: 'corner top-left' });
  private readonly side = h('p', { class: 'corner top-right' });
  private readonly number = h('p', { class: 'corner bottom-left' });
  private readonly look = h('p', { class: 'corner bottom-right' });
  private readonly edges = {
    top: h('span', { class: 'edge top' }), right: h('span', { class: 'edge right' }),
    bottom: h('span', { class: 'edge bottom' }), left: h('span', { class: 'edge left' }),
  };

  constructor(private readonly stage: Stage, over: HTMLElement) {
    over.append(...unmatched(over), this.series, this.side, this.number, this.look, ...Object.values(this.edges));
    stage.on('picture', () => this.update());
    stage.on('look', () => this.showLook());
  }

  private update(): void {
    const picture = this.stage.picture;
    if (!picture) return;
    this.series.replaceChildren(
      h('span', { class: 'person' }, person()), h('span', { class: 'examined' }, studyLine(picture.study)), seriesName(picture.series),
      h('span', { class: 'values' }, sliceOf(picture)));
    this.side.replaceChildren(...(picture.instance.reduced ? [h('span', { class: 'reduced' }, t('reduced'))] : []), sideOf(picture));
    this.number.textContent = this.numberText(picture);
    this.showLook();
  }

  private numberText({ instance }: Picture): string {
    const place = `${count(this.stage.index + 1)} / ${count(this.stage.pictures.length)}`;
    const computed = instance.computed && t('plane_computed');
    const lossy = instance.lossy && !instance.reduced && t('lossy', { ratio: instance.lossy_ratio ? `${brief(instance.lossy_ratio)}:1` : '' }).trim();
    const moments = momentsOf(this.stage.pictures, this.stage.index);
    const moment = moments.length > 1 && t('moment', { number: moments.indexOf(this.stage.index) + 1, total: moments.length });
    return [place, moment, computed, lossy].filter(Boolean).join(' · ');
  }

  private showLook(): void {
    const { picture, choice, window, zoom, view } = this.stage;
    const hidden = (picture?.instance.undrawn || (!this.stage.overlaid && this.stage.hasOverlays)) && t('overlay_hidden');
    const values = choice?.table ? t('window_table') : window && !picture?.instance.reduced && `W ${brief(window.width)} L ${brief(window.center)}`;
    const size = `${Math.round(zoom * 100)} %`;
    this.look.replaceChildren(...(picture ? [
      ...scaleOf(this.stage, picture), h('span', { class: 'values' }, values && `${values} · `), [hidden, size].filter(Boolean).join(' · '),
    ] : []));
    const edges = picture ? edgesOf(picture, view) : null;
    for (const [edge, element] of Object.entries(this.edges)) element.textContent = edges?.[edge as keyof typeof edges] ?? '';
  }
}

/** How thick a slice is and where it lies, as reports name it. */
function sliceOf(picture: Picture): string {
  const { thickness } = planeOf(picture);
  return [thickness && `${brief(thickness)} mm`, locationOf(picture)].filter(Boolean).join(' · ');
}

function sideOf({ instance }: Picture): string {
  const side = SIDES[instance.laterality];
  return side ? t(side) : '';
}
