/** Brings the stage to life once the drawing engine is here. */
import { pictureText, studyLine } from './describe';
import { byId } from './dom';
import type { Opening } from './main';
import type { Picture, Series, Study } from './manifest';
import { mark } from './panels/strip';
import { playButton, toolbar } from './panels/toolbar';
import { Cine } from './stage/cine';
import { Corners } from './stage/corners';
import { start } from './stage/engine';
import { Gestures } from './stage/gestures';
import { listen } from './stage/keys';
import { scrubber, swipeHint } from './stage/scrubber';
import { Stage } from './stage/stage';
import { status } from './stage/status';
import { t } from './words';

/** Say in the page which picture is in view: for screen readers, and the preview gives way. */
function announce(stage: Stage, element: HTMLElement): void {
  stage.on('picture', () => {
    const { picture } = stage;
    if (!picture) return;
    element.dataset.image = picture.instance.instance_uid;
    element.dataset.frame = String(picture.frameIndex);
    element.setAttribute('aria-label', pictureText(picture, stage.wanted, stage.pictures.length));
    byId('study').textContent = studyLine(picture.study);
    document.getElementById('preview')?.remove();
  });
}

/** What is to be said of the picture itself, or of the device, under the stage. */
function notices(stage: Stage, byCpu: boolean): void {
  stage.on('picture', () => {
    byId('notice').textContent = stage.picture?.instance.note ?? (byCpu ? t('by_cpu') : '');
  });
}

function seriesSteps(here: Opening, stage: Stage, open: (pictures: Picture[]) => void): (step: number) => void {
  const lists = [...here.bySeries.values()].filter((pictures) => pictures.length);
  return (step) => {
    const next = lists[lists.indexOf(stage.pictures) + step];
    if (next) open(next);
  };
}

/** Start; returns what the strip calls when a series is chosen. */
export function run(here: Opening, first: Picture): (study: Study, series: Series) => void {
  const element = byId<HTMLDivElement>('stage');
  const engine = start(byId<HTMLDivElement>('canvas'), here.pictures);
  const stage = new Stage(engine, element);
  const play = playButton();
  const cine = new Cine(stage, play.show);
  const strip = byId('strip');
  const open = (pictures: Picture[], index = Math.floor(pictures.length / 2)) => {
    cine.stop();
    const series = pictures[0]?.series;
    if (series) mark(strip, series);
    void stage.open(pictures, index);
  };
  status(stage, element);
  announce(stage, element);
  new Corners(stage, byId('over'));
  swipeHint(stage, byId('over'));
  byId('toolbar').append(toolbar(stage, new Gestures(element, stage), cine, play.element));
  byId('scrubber').append(scrubber(stage));
  listen(stage, seriesSteps(here, stage, open));
  new ResizeObserver(() => stage.resize()).observe(byId('canvas'));
  notices(stage, engine.byCpu);
  const pictures = here.bySeries.get(first.series) ?? [];
  open(pictures, pictures.indexOf(first));
  return (_study, series) => open(here.bySeries.get(series) ?? []);
}
