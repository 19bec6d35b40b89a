/** The link just made: print it, read its code, or show its PIN; code and PIN never at the same time. */
export function handOver(page: HTMLElement): void {
  const buttons = [...page.querySelectorAll<HTMLElement>('[data-show]')];
  const panel = (button: HTMLElement) => document.getElementById(button.dataset['show']!)!;

  const show = (wanted: HTMLElement | null): void => {
    for (const button of buttons) {
      const open = button === wanted && panel(button).hidden;
      panel(button).hidden = !open;
      button.setAttribute('aria-expanded', String(open));
      if (open) panel(button).focus();
    }
  };

  // Loading the page again must lead to the link's own page, not make a second link.
  history.replaceState(null, '', page.dataset['made']!);
  for (const button of buttons) {
    button.setAttribute('aria-expanded', String(!panel(button).hidden));
    if (!panel(button).hidden) panel(button).scrollIntoView({ block: 'nearest' });
    button.addEventListener('click', () => show(button));
  }
  const printer = page.querySelector<HTMLElement>('[data-print]');
  const print = (): void => {
    show(null);
    window.print();
  };
  printer?.addEventListener('click', print);
  // "Print slip" was pressed a moment ago: nobody presses it twice. The slip's styles come first.
  if (printer?.dataset['print'] === 'now') whenLoaded(print);
  page.querySelector<HTMLElement>('[data-copy]')?.addEventListener('click', (event) => {
    void copy(event.currentTarget as HTMLElement);
  });
}

function whenLoaded(work: () => void): void {
  if (document.readyState === 'complete') work();
  else addEventListener('load', work, { once: true });
}

async function copy(button: HTMLElement): Promise<void> {
  await navigator.clipboard.writeText(button.dataset['copy']!);
  button.querySelector('span')!.textContent = button.dataset['copied']!;
}
