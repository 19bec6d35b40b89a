/** The series to choose from, by study, each with a small picture and its count; and what cannot be shown, and why. */
import { seriesName, studyLine } from '../describe';
import { h } from '../dom';
import type { Instance, Manifest, Series, Study } from '../manifest';
import { count, t } from '../words';
import { read } from './reading';

type Choose = (study: Study, series: Series) => void;

function tile(study: Study, series: Series, choose: Choose): HTMLButtonElement {
  const total = series.pictures === 1 ? t('one_picture') : t('n_pictures', { total: count(series.pictures) });
  const name = seriesName(series);
  const button = h('button', { type: 'button', class: 'series', 'data-series': series.series_uid, draggable: 'true' },
    series.preview
      ? h('img', { src: series.preview, alt: '', loading: 'lazy', decoding: 'async', draggable: 'false' })
      : h('span', { class: 'blank' }),
    h('span', { class: 'series-name' }, series.is_new && h('em', { class: 'new' }, t('new')), name),
    h('span', { class: 'series-count' }, total));
  button.addEventListener('click', (event) => {
    choose(study, series);
    if (event.detail) button.blur(); // by pointer: the space bar plays from now on
  });
  button.addEventListener('dragstart', (event) => event.dataTransfer?.setData('text/plain', series.series_uid));
  return button;
}

/** One tile for all instances that cannot be shown for the same reason. */
function unshown(instances: Instance[]): HTMLElement | null {
  const [one] = instances;
  if (!one) return null;
  const what = instances.length === 1 ? t(one.what) : t('n_of_what', { total: count(instances.length), what: t(one.what) });
  const readable = instances.length === 1 ? one.document : null;
  const open = readable && h('button', { type: 'button', class: 'button', 'aria-label': `${t('read')}: ${what}` }, t('read'));
  if (readable) open?.addEventListener('click', () => read(readable, t(one.what)));
  return h('div', { class: 'unshown' },
    h('strong', {}, what), !readable && h('span', {}, t(one.reason ?? '')), open,
    !readable && one.original && instances.length === 1 && h('a', { href: one.original, download: true, 'aria-label': `${t('download')}: ${what}` }, t('download')));
}

function unshownOf(series: Series): (HTMLElement | null)[] {
  const groups = new Map<string, Instance[]>();
  for (const instance of series.instances.filter(({ shown }) => !shown)) {
    const key = `${instance.what}/${instance.reason}`;
    groups.set(key, [...(groups.get(key) ?? []), instance]);
  }
  return [...groups.values()].map(unshown);
}

/** Fill the strip; the series on the stage is marked by `mark`. */
export function fillStrip(strip: HTMLElement, manifest: Manifest, choose: Choose): void {
  for (const study of manifest.studies) {
    const tiles = study.series.flatMap((series) => [
      series.pictures ? tile(study, series, choose) : null,
      ...unshownOf(series),
    ]);
    strip.append(h('div', { class: 'study' }, h('h2', {}, studyLine(study)), ...tiles));
  }
}

export function mark(strip: HTMLElement, series: Series): void {
  for (const button of strip.querySelectorAll<HTMLElement>('[data-series]')) {
    const current = button.dataset.series === series.series_uid;
    button.toggleAttribute('aria-current', current);
    if (current) {
      button.setAttribute('aria-current', 'true');
      button.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
  }
}
