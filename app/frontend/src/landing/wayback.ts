/** Nobody who comes to this device later finds the link by going back: its address leaves the history once it was used. */

/** Where the way back leads instead: whoever holds the slip goes on from there. */
const INSTEAD = '/go';

/** Forget the page's address when its form is sent; without script it stays, and stands before a PIN. */
export function forgetAddress(form: HTMLFormElement): void {
  form.addEventListener('submit', (event) => {
    if (!event.defaultPrevented) history.replaceState(null, '', INSTEAD);
  });
}

/** Let another language take the page's place, so that one address of the link is kept at most. */
export function inPlace(link: HTMLAnchorElement): void {
  link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    location.replace(link.href);
  });
}
