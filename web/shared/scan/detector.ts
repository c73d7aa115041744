import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url'

/** Finds QR codes in a picture: with the browser's own reader where it has one, else with
    zxing, whose megabyte is loaded only then, and from our own server. */
export type Picture = HTMLVideoElement | ImageBitmap
export type Detect = (picture: Picture) => Promise<string[]>

interface Detector {
  detect(picture: Picture): Promise<{ rawValue: string }[]>
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector
  getSupportedFormats(): Promise<string[]>
}

async function native(): Promise<Detector | null> {
  const own = (window as unknown as { BarcodeDetector?: DetectorClass }).BarcodeDetector
  // Phones without Google's services have the class, and formats it reads: none.
  const formats = await own?.getSupportedFormats().catch((): string[] => [])
  return own && formats?.includes('qr_code') ? new own({ formats: ['qr_code'] }) : null
}

async function zxing(): Promise<Detector> {
  const { BarcodeDetector, prepareZXingModule } = await import('barcode-detector/ponyfill')
  const locateFile = (path: string, prefix: string) => (path.endsWith('.wasm') ? wasm : prefix + path)
  // At once, so that a reader that can't be had is known before somebody waits for it.
  await prepareZXingModule({ overrides: { locateFile }, fireImmediately: true })
  return new BarcodeDetector({ formats: ['qr_code'] }) as unknown as Detector
}

export async function createDetector(): Promise<Detect> {
  let detector = (await native()) ?? (await zxing())
  return async (picture) => {
    try {
      return (await detector.detect(picture)).map((code) => code.rawValue)
    } catch {
      // The browser's own gave up (a service that is not there after all): ours takes over.
      detector = await zxing()
      return picture instanceof HTMLVideoElement ? [] : (await detector.detect(picture)).map((code) => code.rawValue)
    }
  }
}
