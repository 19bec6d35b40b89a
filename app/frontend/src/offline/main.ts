/** The viewer that lies on the disc: one page, opened from a file, with nothing installed and nothing sent. */
import './boot';
import '../styles/tokens.css';
import '../viewer/style/viewer.css';
import '../viewer/style/stage.css';
import '../viewer/style/strip.css';
import '../viewer/style/sheets.css';
import './offline.css';
import { studyLine } from '../viewer/describe';
import { byId, h } from '../viewer/dom';
import { icon, type IconName } from '../viewer/icons';
import type { Picture, Series } from '../viewer/manifest';
import { sheets } from '../viewer/panels/sheets';
import { fillStrip } from '../viewer/panels/strip';
import { run } from '../viewer/run';
import type { Stage } from '../viewer/stage/stage';
import { useTables } from '../viewer/tables';
import { t } from '../viewer/words';
import type { Disc } from './disc';
import { Folder } from './folder';
import { picturesOf } from './source';

function head({ head: told }: Disc): void {
  document.title = told.title;
  for (const key of ['name', 'born', 'in_images', 'from', 'counts'] as const) {
    const element = byId(key);
    element.textContent = told[key];
    element.hidden = !told[key];
  }
  byId('name').title = told.name; // a long one is cut short
  if (told.unmatched) {
    const warning = document.createElement('p');
    warning.className = 'unmatched';
    warning.textContent = told.unmatched;
    byId('over').append(warning);
  }
}

/** The first picture to see: the list's own choice, which DISC.JS brings along. */
function firstOf({ manifest: { first } }: Disc, all: Picture[]): Picture | undefined {
  return all.find(({ instance, frameIndex }) => instance.id === first?.instance_id && frameIndex === first.frame_index) ?? all[0];
}

/** Under what is said of a picture that is not here: its small copy, called what it is. */
function glimpse(stage: Stage): void {
  stage.element.querySelector('.preview')?.remove();
  const small = stage.pictures[stage.wanted]?.instance.preview;
  if (stage.element.dataset.state !== 'error' || !small) return;
  byId('over').before(h('div', { class: 'preview' }, h('img', { src: small, alt: '' }), h('span', { class: 'badge' }, t('offline_small'))));
}

/** The page's own words, which its file has in English. */
function speak(): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-say]')) element.textContent = t(element.dataset.say!);
  for (const element of document.querySelectorAll<HTMLElement>('[data-label]')) element.setAttribute('aria-label', t(element.dataset.label!));
}

function start(disc: Disc): void {
  speak();
  head(disc);
  useTables(disc.manifest.tables);
  let again: () => void = () => undefined;
  const button = byId('choose');
  const folder = new Folder(() => {
    button.hidden = true;
    byId('notice').textContent = '';
    again();
  });
  button.textContent = t('offline_choose');
  button.addEventListener('click', () => folder.choose());
  const bySeries = new Map<Series, Picture[]>(disc.manifest.studies.flatMap((study) =>
    study.series.map((series) => [series, picturesOf(study, series, folder)] as const)));
  let choose: (series: Series) => void = () => undefined;
  fillStrip(byId('strip'), disc.manifest, (_study, series) => choose(series));
  sheets(disc.manifest);
  for (const opener of document.querySelectorAll<HTMLElement>('[data-icon]')) opener.prepend(icon(opener.dataset.icon as IconName));
  const all = [...bySeries.values()].flat();
  const first = firstOf(disc, all);
  button.hidden = all.every(({ frame }) => 'data' in frame);
  if (!first) {
    byId('message').hidden = false;
    byId('message').textContent = t('offline_no_pictures');
    return;
  }
  byId('study').textContent = studyLine(first.study);
  const room = run({ manifest: disc.manifest, bySeries, start: first, was: null }, first);
  room.deck.on('state', () => glimpse(room.deck.stage));
  choose = (series) => room.openSeries(series);
  again = () => room.again();
}

const disc = window.VCD_DISC;
if (disc) start(disc);
else byId('message').textContent = 'DISC.JS is missing: it lies beside this page on the disc. Copy the whole folder.';
