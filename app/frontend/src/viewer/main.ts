/** The viewer's page: the first picture's bytes are asked for before anything else is made. */
import '../styles/tokens.css';
import './style/viewer.css';
import './style/stage.css';
import './style/strip.css';
import './style/sheets.css';
import './style/short.css';
import { studyLine } from './describe';
import { byId } from './dom';
import { icon, type IconName } from './icons';
import { type Manifest, type Picture, picturesOf, readJson, type Series, type Study } from './manifest';
import { giving, whoLooked } from './panels/give';
import { fillStrip } from './panels/strip';
import { sheets } from './panels/sheets';
import { valuesOf } from './pixels/source';
import { lastPlace, type Place } from './place';
import type { Room } from './room';
import { run } from './run';
import { useTables } from './tables';

/** `was`: where this tab was before, which `start` is a picture of. */
export interface Opening { manifest: Manifest; bySeries: Map<Series, Picture[]>; start: Picture | null; was: Place | null }

function allPictures(studies: Study[]): Map<Series, Picture[]> {
  return new Map(studies.flatMap((study) => study.series.map((series) => [series, picturesOf(study, series)] as const)));
}

function opening(): Opening {
  const manifest = readJson<Manifest>('manifest');
  const bySeries = allPictures(manifest.studies);
  const list = [...bySeries.values()].flat();
  const { first } = manifest;
  const place = lastPlace(manifest.share_id);
  const before = list.find(({ imageId }) => imageId === place?.shown[place.active]);
  const usual = list.find(({ instance, frameIndex }) => instance.id === first?.instance_id && frameIndex === first.frame_index);
  if (before && before !== usual) document.getElementById('preview')?.remove(); // it is the usual one's
  return { manifest, bySeries, start: before ?? usual ?? null, was: before ? place : null };
}

const here = opening();
useTables(here.manifest.tables);
if (here.start) {
  valuesOf(here.start).catch(() => undefined); // the stage asks again, and tells
  byId('study').textContent = studyLine(here.start.study);
}
let room: Room | null = null;
let choose: (study: Study, series: Series) => void = () => undefined;
fillStrip(byId('strip'), here.manifest, (study, series) => choose(study, series));
const opened = sheets(here.manifest, () => room?.deck.stage ?? null);
opened.save?.append(whoLooked(here.manifest));
if (here.manifest.allow.includes('give')) opened.give = giving(here.manifest);
for (const button of document.querySelectorAll<HTMLElement>('[data-icon]')) button.prepend(icon(button.dataset.icon as IconName));
window.addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });

if (here.start) {
  const running = room = run(here, here.start);
  choose = (_study, series) => running.openSeries(series);
}
