/** Watch work that takes a while: the bar follows, and the page comes anew once it is done. */

interface Told { done: number; making: boolean; text: string }

const EVERY = 2000;

export function follow(box: HTMLElement): void {
  const bar = box.querySelector('progress');
  const text = box.querySelector('[role=status]');
  const look = async (): Promise<void> => {
    const answer = await fetch(box.dataset.progress ?? '', { headers: { Accept: 'application/json' } });
    // A proxy speaks for a service that starts again: what it says is not this page.
    if (answer.status >= 500) return void again();
    const told = answer.ok ? (await answer.json()) as Told : { done: 0, making: false, text: '' };
    // Ready, given up, or no longer ours to see: the page says which.
    if (!told.making) return location.reload();
    if (bar) bar.value = told.done;
    if (text) text.textContent = told.text;
    again();
  };
  const again = () => setTimeout(() => look().catch(again), EVERY);
  again();
}
