import { address } from '@shared/api/client'

/** The address of what a resident does for themselves or for somebody in their care. */
export const forMember = (path: string, member?: number): string => address(path, { member }).replace('/api/v1', '')
