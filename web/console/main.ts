import '@shared/tokens.css'
import './theme.css'
import { createApp } from 'vue'
import { whenSignedOut } from '@shared/api/client'
import { faceI18n } from '@shared/i18n'
import { loadMeta } from '@shared/meta'
import App from './App.vue'
import en from './locales/en'
import zh from './locales/zh-CN'
import { makeRouter } from './router'
import { failed } from './say'
import { session } from './session'

const i18n = faceI18n({ zh, en })
const router = makeRouter(i18n.global.t)

// A session that ends in the middle of work: sign in again and come back to the same place.
whenSignedOut(() => {
  const here = router.currentRoute.value
  session.value = null
  if (here.name !== 'login') void router.push({ name: 'login', query: { next: here.fullPath, ended: '1' } })
})

// A page's script did not come: no network, or a newer release has replaced the files.
router.onError(() => failed(i18n.global.t('stop.notLoaded')))

void loadMeta()
createApp(App).use(i18n).use(router).mount('#app')
