import { copyFileSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Plugin } from 'vite'

const FONTS = ['400Regular/NotoSansSC_400Regular.ttf', '700Bold/NotoSansSC_700Bold.ttf']

/** Lays the font of the printed posters into dist/fonts, where the server's typesetter finds it. It is not sent to
    browsers: they have fonts of their own. */
export function posterFonts(packages: string, outDir: string): Plugin {
  return {
    name: 'lianfang-poster-fonts',
    apply: 'build',
    closeBundle() {
      mkdirSync(join(outDir, 'fonts'), { recursive: true })
      for (const font of FONTS) {
        copyFileSync(join(packages, '@expo-google-fonts/noto-sans-sc', font), join(outDir, 'fonts', basename(font)))
      }
    },
  }
}
