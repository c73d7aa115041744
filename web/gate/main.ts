import '@shared/tokens.css'
import '@shared/vant.css'
import '@shared/forms.css'
import './gate.css'
import { createApp } from 'vue'
import { whenSignedOut } from '@shared/api/client'
import { faceI18n } from '@shared/i18n'
import { loadMeta } from '@shared/meta'
import { keepPages } from '@shared/offline'
import { startReading } from '@shared/reading'
import App from './App.vue'
import { startDark } from './device'
import { keepSending } from './outbox'
import { router } from './router'
import { session } from './session'
import * as words from './words'

startDark()
startReading()
void loadMeta()
keepPages('gate')
keepSending()
whenSignedOut(() => {
  session.value = null
  const from = router.currentRoute.value
  if (from.name !== 'login') void router.push({ name: 'login', query: { to: from.fullPath } })
})
createApp(App).use(faceI18n(words)).use(router).mount('#app')
