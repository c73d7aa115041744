import type { DocumentType } from '@shared/api/types'

export interface Registration {
  name: string
  document_type: DocumentType
  document_number: string
  phone: string
  code: string
  consent: boolean
}

/** Field → what is wrong with it. */
export type Wrong = Record<string, string>
