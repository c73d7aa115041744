import type { Category } from '@shared/api/types'

export const CATEGORIES: Category[] = [
  'village',
  'estate',
  'office',
  'company',
  'vehicle',
  'shop',
  'school',
  'hospital',
  'motorway',
  'construction',
  'public_place',
  'other',
]
