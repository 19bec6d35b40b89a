/** The patients found on the disc: who they are, whether they are the expected one, their studies to keep or leave out. */

import type { Choice, Judged } from '../choice';
import type { Expected } from '../identity';
import { person } from '../names';
import type { Study } from '../tree';
import { count, counted, day, modality, size, t } from '../words';
import { icon, make, say } from './dom';

const VERDICTS = {
  matches: { icon: 'check', kind: 'good', words: 'Matches' },
  check: { icon: 'decide', kind: 'warn', words: 'Check' },
  different: { icon: 'stopped', kind: 'stop', words: 'Different person' },
} as const;
const MOST_SERIES = 100;

interface Wishes {
  readonly changed: () => void;
  readonly another: () => void;
  readonly same: () => void;
}

/** Shows patients; rebuilt only when something in it has changed, so that clicks and focus are not lost. */
export class Patients {
  #shown = '';
  readonly #open = new Set<string>();

  constructor(
    readonly root: HTMLElement,
    readonly choice: Choice,
    readonly wishes: Wishes,
  ) {}

  show(judged: readonly Judged[], expected: Expected): void {
    const now = JSON.stringify([judged, expected, [...this.choice.leftOut]]);
    if (now === this.#shown) return;
    this.#shown = now;
    const focus = (document.activeElement as HTMLElement | null)?.dataset['focus'];
    this.root.replaceChildren(...judged.map((one) => this.#patient(one, judged.length > 1, expected)));
    if (focus) this.root.querySelector<HTMLElement>(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
  }

  #patient({ patient, verdict, kept }: Judged, several: boolean, expected: Expected): HTMLElement {
    const { identity, studies, confirmed } = patient;
    const facts = make('p', 'facts', make('span', '', born(identity.birthDate)));
    if (identity.patientId) facts.append(make('span', '', t('ID {id}', { id: identity.patientId })));
    const chip = verdict && VERDICTS[verdict];
    const head = make(
      'div',
      'found-head',
      make('div', 'who-found', make('h3', '', t(person(identity.name))), facts),
      !confirmed && make('span', 'chip', icon('waiting'), t('according to the disc’s index')),
      chip && make('span', `chip ${chip.kind}`, icon(chip.icon), chip.words),
      !kept && make('span', 'chip', icon('ended'), t('Left out')),
    );
    const card = make('article', `found-patient ${kept ? '' : 'left-out'} ${kept ? (chip?.kind ?? '') : ''}`, head);
    if (verdict && verdict !== 'matches' && kept) card.append(this.#sentence(patient.identity, verdict, expected));
    const deeds = this.#deeds(studies, kept, several, verdict);
    if (deeds.childElementCount > 0) card.append(deeds);
    card.append(make('ul', 'found-studies', ...studies.map((study) => this.#study(study))));
    return card;
  }

  #sentence(found: Expected & { birthDate: string }, verdict: 'check' | 'different', expected: Expected): HTMLElement {
    const said = [person(found.name), day(found.birthDate)].filter(Boolean).join(', ');
    const wanted = [expected.name && person(expected.name.includes(',') ? expected.name.replace(/\s*,\s*/, '^') : expected.name), day(expected.birthDate)];
    if (expected.patientId) wanted.push(t('ID {id}', { id: expected.patientId }));
    const end = verdict === 'different' ? '. Stop; check the label.' : '. Check that it is the same person.';
    return make('p', 'found-sentence', 'This disc says ', make('strong', '', said), '. You expected ', make('strong', '', wanted.filter(Boolean).join(', ')), end);
  }

  #deeds(studies: readonly Study[], kept: boolean, several: boolean, verdict: Judged['verdict']): HTMLElement {
    const deeds = make('div', 'found-deeds');
    const keys = studies.map(({ key }) => key);
    const button = (words: string, name: string, done: () => void): void => {
      const made = make('button', 'button', words);
      made.type = 'button';
      made.dataset['focus'] = `${name} ${keys[0]}`;
      made.addEventListener('click', done);
      deeds.append(made);
    };
    const set = (keep: boolean) => (): void => {
      this.choice.set(keys, keep);
      this.wishes.changed();
    };
    if (!kept) button(t('Take back in'), 'out', set(true));
    else if (several) button(t('Leave out this person'), 'out', set(false));
    else if (verdict === 'different') button('Different person: take another disc', 'another', this.wishes.another);
    if (kept && verdict !== 'matches' && (several || verdict)) button(t('Same person: why?'), 'same', this.wishes.same);
    return deeds;
  }

  #study(study: Study): HTMLElement {
    const box = make('input', '');
    box.type = 'checkbox';
    box.checked = !this.choice.leftOut.has(study.key);
    box.dataset['focus'] = `study ${study.key}`;
    box.addEventListener('change', () => {
      this.choice.set([study.key], box.checked);
      this.wishes.changed();
    });
    const kinds = [...new Set(study.series.map(({ modality: code }) => modality(code)))].join(', ');
    const title = [study.description || kinds, day(study.date)].filter(Boolean).join(', ');
    const facts = make('span', 'facts', make('span', '', kinds), make('span', '', seriesCount(study.series.length)), make('span', '', counted(study.files, 'image')), make('span', '', size(study.bytes)));
    return make('li', 'found-study', make('label', '', box, make('span', '', make('strong', '', title), facts)), this.#series(study));
  }

  #series(study: Study): HTMLElement {
    const fold = make('details', 'fold', make('summary', '', icon('next'), t('Series')));
    fold.open = this.#open.has(study.key);
    fold.addEventListener('toggle', () => (fold.open ? this.#open.add(study.key) : this.#open.delete(study.key)));
    const rows = study.series.slice(0, MOST_SERIES).map((one) =>
      make('li', '', make('span', '', one.description || modality(one.modality)), make('span', 'soft', `${modality(one.modality)}, ${counted(one.files, 'image')}, ${size(one.bytes)}`)),
    );
    const more = study.series.length - rows.length;
    fold.append(make('ul', 'found-series', ...rows, more > 0 && make('li', 'soft', t('and {n} more', { n: count(more) }))));
    return fold;
  }
}

const seriesCount = (n: number): string => (n === 1 ? t('1 series') : t('{n} series', { n: count(n) }));

const born = (date: string): string => (date ? t('born {date}', { date: day(date) }) : t('no birth date'));

/** Fills a folded list of names, each with a word beside it: programs left behind, files that can't be read. */
export function list(fold: HTMLElement, title: string, paths: readonly (readonly [path: string, said?: string])[], all = paths.length): void {
  fold.hidden = paths.length === 0;
  say(fold.querySelector('[data-title]')!, title);
  const names = fold.querySelector('ul')!;
  if (names.childElementCount === Math.min(paths.length, 200) + Number(all > 200)) return;
  const rows = paths.slice(0, 200).map(([path, said]) => make('li', '', make('code', '', path), said ? ' ' : null, said ? make('span', 'soft', said) : null));
  names.replaceChildren(...rows, ...(all > 200 ? [make('li', 'soft', t('and {n} more', { n: count(all - 200) }))] : []));
}
