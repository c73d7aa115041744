import type { Same } from '@shared/i18n'
import type zh from './zh-CN.posters'

/** The words of the posters' page. */
const en: Same<typeof zh> = {
  about: 'One PDF for all open checkpoints of a unit and below it. Each poster has the name, unit, QR code, the steps in Chinese and English, and a word on privacy.',
  which: 'Which checkpoints',
  since: 'Created since',
  paper: 'Paper',
  layout: {
    a4: { name: 'A4, one a page', for: 'Village entrances, estate gates, office doors' },
    a5: { name: 'A5, two a page', for: 'Shops and offices; cut along the dashed line' },
    sticker: { name: 'Stickers, 21 a page', for: 'Vehicles, desks; 63.5 × 38.1 mm, 3 columns of 7' },
  },
  sum: '{n} posters on {pages} pages',
  none: 'No open checkpoint fits',
  start: 'Make the PDF',
  result: 'Result',
  hint: 'Print at “actual size”, without scaling.',
  boxes: '{n} names hold characters that the font lacks and would print as boxes; rename them and print again: {names}',
}
export default en
