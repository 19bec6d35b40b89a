export interface Groups {
  /** Which characters belong to the answer. */
  kept: RegExp;
  /** How many of them there are. */
  longest: number;
  /** What stands between groups of four. */
  gap: string;
}

/** Write an answer in groups of four while it is typed or pasted; the caret stays behind its character. */
export function keepInGroups(field: HTMLInputElement, groups: Groups): void {
  field.addEventListener('input', (event) => {
    if ((event as InputEvent).isComposing) return;
    const caret = field.selectionStart ?? field.value.length;
    const before = keep(field.value.slice(0, caret), groups).length;
    const all = keep(field.value, groups);
    // Too much was typed: the visitor sees all of it and can put it right.
    if (all.length > groups.longest) return;
    field.value = inFours(all, groups.gap);
    const place = Math.min(field.value.length, before + Math.floor(Math.max(0, before - 1) / 4));
    field.setSelectionRange(place, place);
  });
}

function keep(text: string, { kept }: Groups): string {
  return [...text].filter((character) => kept.test(character)).join('').toUpperCase();
}

function inFours(text: string, gap: string): string {
  return (text.match(/.{1,4}/gu) ?? []).join(gap);
}
