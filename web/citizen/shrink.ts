const LONGEST = 2000
const LARGE = 5 << 20

/** A photo as it is sent: upright, at most 2,000 pixels long, without what the camera wrote into it. Anything that the browser
    can't read as a picture, a PDF for one, goes as it is. */
export async function shrunk(file: File): Promise<Blob> {
  if (!file.type.startsWith('image/')) return file
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => null)
  if (!picture) return file
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob && blob.size < LARGE ? blob : file), 'image/jpeg', 0.85))
}
