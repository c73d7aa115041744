import '@shared/tokens.css'
import '@shared/vant.css'
import '@shared/forms.css'
import './citizen.css'
import { createApp } from 'vue'
import { faceI18n } from '@shared/i18n'
import { loadMeta } from '@shared/meta'
import { keepPages } from '@shared/offline'
import { startReading } from '@shared/reading'
import App from './App.vue'
import { keepFlushing } from './resident'
import { router } from './router'
import * as words from './words'

startReading()
void loadMeta()
keepPages('citizen')
keepFlushing()
createApp(App).use(faceI18n(words)).use(router).mount('#app')
