/** What the visitor can do to the picture. */
import { coarse, h } from '../dom';
import { icon, type IconName } from '../icons';
import type { Cine } from '../stage/cine';
import type { Gestures, Tool } from '../stage/gestures';
import type { Stage } from '../stage/stage';
import { presetsFor } from '../voi';
import { t } from '../words';

const TOOLS: [Tool, IconName][] = [['window', 'window'], ['scroll', 'scroll'], ['zoom', 'zoom'], ['pan', 'pan']];

function button(name: IconName, label: string, act: () => void): HTMLButtonElement {
  const made = h('button', { type: 'button', class: 'tool', 'aria-label': label, title: label }, icon(name));
  made.addEventListener('click', act);
  return made;
}

/** What dragging does. On a phone two fingers zoom and move, so that only brightness needs a button. */
function tools(gestures: Gestures): HTMLElement {
  const choices = coarse ? TOOLS.slice(0, 1) : TOOLS;
  const buttons = choices.map(([tool, name]) => button(name, t(`tool_${tool}`), () => {
    gestures.tool = coarse && gestures.tool === tool ? 'scroll' : tool;
    show();
  }));
  const show = () => buttons.forEach((one, i) => one.setAttribute('aria-pressed', String(choices[i]?.[0] === gestures.tool)));
  gestures.tool = coarse ? 'scroll' : 'window';
  show();
  return h('div', { class: 'group', role: 'group', 'aria-label': t('tools') }, ...buttons);
}

function presets(stage: Stage): HTMLSelectElement {
  const select = h('select', { 'aria-label': t('windows'), class: 'presets' });
  const fill = () => {
    const picture = stage.picture;
    const found = picture ? presetsFor(picture) : [];
    const custom = h('option', { value: 'custom', hidden: true }, t('window_custom'));
    select.replaceChildren(...found.map(({ id, name }) => h('option', { value: id }, name)), custom);
    select.hidden = found.length < 2;
    const current = found.find(({ window: { center, width } }) => center === stage.window?.center && width === stage.window.width);
    select.value = current?.id ?? 'custom';
  };
  select.addEventListener('change', () => {
    const picture = stage.picture;
    const chosen = picture && presetsFor(picture).find(({ id }) => id === select.value);
    if (chosen) stage.choose(chosen.id === 'own0' ? null : chosen.window);
  });
  stage.on('picture', fill);
  stage.on('look', fill);
  return select;
}

/** Fingers pinch, or tap twice. */
function zoomButtons(stage: Stage): HTMLButtonElement[] {
  return [
    button('minus', t('zoom_out'), () => stage.zoomBy(0.8)),
    button('plus', t('zoom_in'), () => stage.zoomBy(1.25)),
  ];
}

/** The whole bar of tools for a stage. */
export function toolbar(stage: Stage, gestures: Gestures, cine: Cine, play: HTMLButtonElement): HTMLElement {
  play.addEventListener('click', () => cine.toggle());
  stage.on('wanted', () => { play.hidden = stage.pictures.length < 2; });
  return h('div', { class: 'tools' },
    tools(gestures),
    presets(stage),
    h('div', { class: 'group' },
      ...(coarse ? [] : zoomButtons(stage)),
      button('invert', t('invert'), () => stage.invert()),
      play,
      button('reset', t('reset'), () => stage.reset())));
}

/** The button that plays and pauses; `show` says which it does now. */
export function playButton(): { element: HTMLButtonElement; show(playing: boolean): void } {
  const element = h('button', { type: 'button', class: 'tool' });
  const show = (playing: boolean) => {
    const label = t(playing ? 'pause' : 'play');
    element.replaceChildren(icon(playing ? 'pause' : 'play'));
    element.setAttribute('aria-label', label);
    element.title = label;
  };
  show(false);
  return { element, show };
}
