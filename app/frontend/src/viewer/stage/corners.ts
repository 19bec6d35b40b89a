/** The texts over the picture: series, number, window, zoom, side and the letters at its edges. */
import { h } from '../dom';
import { edgesOf } from '../letters';
import type { Picture } from '../manifest';
import { seriesName, studyLine } from '../describe';
import { brief } from '../voi';
import { count, t } from '../words';
import type { Stage } from './stage';

const SIDES: Record<string, string> = { L: 'side_L', R: 'side_R', B: 'side_B' };

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
    over.append(this.series, this.side, this.number, this.look, ...Object.values(this.edges));
    stage.on('picture', () => this.update());
    stage.on('look', () => this.showLook());
  }

  private update(): void {
    const picture = this.stage.picture;
    if (!picture) return;
    this.series.replaceChildren(h('span', {}, studyLine(picture.study)), seriesName(picture.series));
    this.side.textContent = sideOf(picture);
    this.number.textContent = this.numberText(picture);
    const edges = edgesOf(picture.instance);
    for (const [edge, element] of Object.entries(this.edges)) {
      element.textContent = edges?.[edge as keyof typeof edges] ?? '';
    }
    this.showLook();
  }

  private numberText({ instance }: Picture): string {
    const place = `${count(this.stage.wanted + 1)} / ${count(this.stage.pictures.length)}`;
    const lossy = instance.lossy && t('lossy', { ratio: instance.lossy_ratio ? `${brief(instance.lossy_ratio)}:1` : '' }).trim();
    return [place, lossy].filter(Boolean).join(' · ');
  }

  private showLook(): void {
    const { window, zoom } = this.stage;
    const lines = [window && `W ${brief(window.width)} L ${brief(window.center)}`, `${Math.round(zoom * 100)} %`];
    this.look.textContent = lines.filter(Boolean).join(' · ');
  }
}

function sideOf({ instance }: Picture): string {
  const side = SIDES[instance.laterality];
  return side ? t(side) : '';
}
