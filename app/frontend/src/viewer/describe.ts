/** What a study, a series and a picture are called: plain words, never findings. */
import type { Picture, Series, Study } from './manifest';
import { longDate, t } from './words';

const LOOK = ['CT', 'MR', 'CR', 'DX', 'US', 'MG', 'NM', 'PT', 'XA', 'RF', 'ES', 'OP', 'OCT', 'GM', 'SM', 'IO', 'PX', 'BMD'];
const PARTS = [
  'ABDOMEN', 'ANKLE', 'BRAIN', 'BREAST', 'CHEST', 'CSPINE', 'ELBOW', 'FOOT', 'HAND', 'HEAD', 'HEART', 'HIP', 'KNEE',
  'LEG', 'LSPINE', 'NECK', 'PELVIS', 'SHOULDER', 'SKULL', 'SPINE', 'TSPINE', 'WRIST',
];

/** "CT", "MRI", "X-ray": what made the pictures. */
export function kind(modality: string): string {
  const known = modality === 'CR' || modality === 'DX' ? 'DX' : modality;
  return LOOK.includes(known) ? t(`modality_${known}`) : t('modality_OT');
}

function part(bodyPart: string): string | null {
  const word = bodyPart.toUpperCase().replace(/[\s_^]/g, '');
  return PARTS.includes(word) ? word : null;
}

function main(study: Study): Series | undefined {
  return study.series.find((series) => series.pictures > 0) ?? study.series[0];
}

/** A description as people read it: devices put signs between its words. */
const spoken = (description: string): string => description.replace(/[\^_\s]+/g, ' ').trim();

/** "CT of the chest": the study's own description only where it is all there is. */
function studyTitle(study: Study): string {
  const series = main(study);
  if (!series) return spoken(study.description) || t('study');
  const where = study.series.map((one) => part(one.body_part)).find((one) => one !== null);
  if (!series.pictures) return spoken(study.description) || t('study');
  if (where) return t('kind_of_part', { kind: kind(series.modality), part: t(`of_${where}`) });
  return spoken(study.description) || kind(series.modality);
}

/** "CT of the chest, 12 March 2026". */
export function studyLine(study: Study): string {
  return [studyTitle(study), longDate(study.date)].filter(Boolean).join(', ');
}

/** A series' own name, or what made it. */
export function seriesName(series: Series): string {
  return series.description || kind(series.modality);
}

/** Alternative text: "Picture 60 of 120, CT chest". */
export function pictureText(picture: Picture, index: number, total: number): string {
  const where = part(picture.series.body_part);
  const what = [kind(picture.series.modality), where ? t(`part_${where}`) : ''].filter(Boolean).join(' ');
  return t('picture_alt', { number: index + 1, total, what });
}
