/** Take the reader to the first problem of a form: its control has the focus, and
    the sentence under it stands clear of keyboard and button bar. */
export function focusProblem(form: HTMLElement | undefined): void {
  const sentence = form?.querySelector('[data-testid^="error-"]')
  const row = sentence?.parentElement
  row?.querySelector<HTMLElement>('input, select')?.focus({ preventScroll: true })
  row?.scrollIntoView({ block: 'center' })
}
