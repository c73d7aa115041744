import { resolve } from 'node:path'
import { VantResolver } from '@vant/auto-import-resolver'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { noIconFont } from './build/no-icon-font.ts'
import { offlineShell } from './build/offline-shell.ts'
import { posterFonts } from './build/poster-fonts.ts'

const here = (path: string) => resolve(import.meta.dirname, path)

/** The server answers these prefixes with one page each; the dev server does the same. */
const PAGES: [RegExp, string][] = [
  [/^\/(v|h5)(\/|$)/, '/citizen.html'],
  [/^\/gate(\/|$)/, '/gate.html'],
  [/^\/console(\/|$)/, '/console.html'],
]

function pages(): Plugin {
  return {
    name: 'lianfang-pages',
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        // Source files under /console/main.ts and the like keep their own address.
        const path = (request.url ?? '').split('?')[0] ?? ''
        const page = PAGES.find(([prefix]) => prefix.test(path))
        if (page && !/\.\w+$/.test(path)) request.url = page[1]
        next()
      })
    },
  }
}

export default defineConfig({
  base: '/',
  plugins: [
    pages(),
    vue(),
    noIconFont(),
    offlineShell(here('build/sw.js'), ['citizen', 'gate']),
    posterFonts(here('node_modules'), here('dist')),
    // Only the components that a template names are bundled, with their styles.
    Components({
      dirs: [],
      dts: 'components.d.ts',
      resolvers: [VantResolver(), ElementPlusResolver()],
    }),
  ],
  define: {
    __VUE_OPTIONS_API__: 'true',
    __VUE_I18N_LEGACY_API__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  resolve: { alias: { '@shared': here('shared') } },
  build: {
    outDir: 'dist',
    // Phones in the field: a guard's seven-year-old Android whose WebView was never renewed,
    // WeChat's browser on Android 8, iOS 13. This takes care of syntax; APIs that came
    // later (at, replaceAll, randomUUID, :has …) are ours to avoid, which a browser test holds.
    target: ['es2020', 'chrome80', 'safari13.1'],
    chunkSizeWarningLimit: 900,
    rollupOptions: {
      input: {
        index: here('index.html'),
        citizen: here('citizen.html'),
        gate: here('gate.html'),
        console: here('console.html'),
      },
    },
  },
  server: { proxy: { '/api': process.env.LIANFANG_API ?? 'http://127.0.0.1:8000' } },
  test: { environment: 'node', include: ['{shared,citizen,gate,console,landing}/**/*.test.ts'] },
})
