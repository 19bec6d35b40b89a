/** Send a form once, however often the button is pressed: every answer counts. */
export function sendOnce(form: HTMLFormElement): void {
  let sent = false;
  form.addEventListener('submit', (event) => {
    if (sent) event.preventDefault();
    sent = true;
    form.querySelector('button')?.setAttribute('aria-busy', 'true');
  });
  // Back from the next page, the form may be sent again.
  addEventListener('pageshow', () => {
    sent = false;
    form.querySelector('button')?.removeAttribute('aria-busy');
  });
}
