/** Asks the service for something as JSON. */
import { t } from './words';

/** What the service answers; with `fields` they are sent by POST. Rejects with a sentence for the visitor: `failed` names
 *  the one for a status that is not OK. */
export async function ask<T>(address: string, failed: (status: number) => string, fields?: Record<string, string>): Promise<T> {
  const token = document.querySelector<HTMLInputElement>('[name=csrf_token]')?.value ?? '';
  const sent = fields ? { method: 'POST', body: new URLSearchParams({ csrf_token: token, ...fields }) } : {};
  const answer = await fetch(address, { headers: { Accept: 'application/json' }, ...sent }).catch(() => { throw new Error(t('offline')); });
  if (answer.status === 410) throw new Error(t('visit_ended'));
  if (!answer.ok) throw new Error(t(failed(answer.status)));
  return await answer.json() as T;
}
