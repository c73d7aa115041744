/** Tenants as they are pasted from a table: one a line, the floor and the name with a tab or a comma between. */
export interface TenantRow {
  floor: string
  name: string
}

export interface Pasted {
  rows: TenantRow[]
  /** Numbers of the lines, from 1, that are not of this form. */
  wrong: number[]
}

export const linesOf = (text: string): string[] => text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean)

export function parseTenants(text: string): Pasted {
  const found: Pasted = { rows: [], wrong: [] }
  linesOf(text).forEach((line, index) => {
    const parts = /^"?([^\t,，"]+?)"?\s*[\t,，]\s*"?(.+?)"?$/.exec(line)
    if (parts) found.rows.push({ floor: parts[1]!.trim(), name: parts[2]!.trim() })
    else found.wrong.push(index + 1)
  })
  return found
}
