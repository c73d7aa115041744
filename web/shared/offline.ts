/** Keep this face's pages on the device, and no other face's. Where workers are not to be
    had (plain HTTP, an old browser) everything else works as before. */
export function keepPages(face: 'citizen' | 'gate'): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  window.addEventListener('load', async () => {
    try {
      await navigator.serviceWorker.register('/sw.js')
      const { active } = await navigator.serviceWorker.ready
      active?.postMessage({ keep: face })
    } catch {
      // no worker: this device needs the network to open a page
    }
  })
}
