/** The share page: a purpose brings its last day, an appointment asks for its day, one patient's studies are ticked. */
const AFTER_VISIT_DAYS = 14;

export function shareForm(form: HTMLElement): void {
  const until = form.querySelector<HTMLInputElement>('[name=until]')!;
  const visit = form.querySelector<HTMLInputElement>('[name=visit_on]')!;
  const visitField = form.querySelector<HTMLElement>('[data-visit]')!;
  const purposes = form.querySelectorAll<HTMLInputElement>('[name=purpose]');
  let own = false;

  const settle = (): void => {
    const chosen = [...purposes].find((purpose) => purpose.checked);
    const appointment = chosen?.value === 'appointment';
    visitField.hidden = !appointment;
    if (own || !chosen) return;
    until.value = (appointment && visit.value && afterVisit(visit.value, until.max)) || chosen.dataset['until']!;
  };

  until.addEventListener('input', () => (own = true));
  visit.addEventListener('input', settle);
  purposes.forEach((purpose) => purpose.addEventListener('change', settle));
  settle();
  oneOfPatients(form);
}

function afterVisit(day: string, latest: string): string {
  const end = new Date(`${day}T12:00:00Z`);
  end.setUTCDate(end.getUTCDate() + AFTER_VISIT_DAYS);
  const text = end.toISOString().slice(0, 10);
  return text < latest ? text : latest;
}

/** Where a disc holds several patients, only the studies of the chosen one can be ticked, and all of them are. */
function oneOfPatients(form: HTMLElement): void {
  const groups = [...form.querySelectorAll<HTMLElement>('[data-patient]')];
  const radio = (group: HTMLElement) => group.querySelector<HTMLInputElement>('[type=radio]');
  const settle = (tick: boolean): void => {
    for (const group of groups) {
      const chosen = radio(group)?.checked ?? true;
      group.querySelectorAll<HTMLInputElement>('[name=study], [name=series]').forEach((box) => {
        box.disabled = !chosen;
        if (tick) box.checked = chosen && box.name === 'study';
      });
    }
  };
  if (groups.length < 2) return;
  groups.forEach((group) => radio(group)?.addEventListener('change', () => settle(true)));
  settle(false);
}
