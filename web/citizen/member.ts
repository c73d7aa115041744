import { address } from '@shared/api/client'

/** The address of what a resident does for themselves or for somebody in their care. */
export const forMember = (path: string, member?: number): string => address(path, { member }).replace('/api/v1', '')

/** Whether this phone shows codes for others: their part of a page is loaded only then. */
export function withFamily(): boolean {
  try {
    return !!localStorage.getItem('lf_family')
  } catch {
    return false
  }
}
