/** Keep this face's pages on the phone. Where workers are not to be had (plain HTTP,
    an old browser) everything else works as before. */
export function keepPages(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  window.addEventListener('load', () => void navigator.serviceWorker.register('/sw.js').catch(() => undefined))
}
