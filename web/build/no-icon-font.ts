import type { Plugin } from 'vite'

/** Vant's button brings its icon font: 25 kB in the style sheet, and an address on a
    foreign host as fallback. The faces draw their few icons themselves. */
export function noIconFont(): Plugin {
  return {
    name: 'lianfang-no-icon-font',
    enforce: 'pre',
    load(id) {
      return /[\\/]vant[\\/]es[\\/]icon[\\/]index\.css$/.test(id.split('?')[0]!) ? '' : null
    },
  }
}
