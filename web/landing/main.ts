import '@shared/tokens.css'
import { createApp } from 'vue'
import { faceI18n } from '@shared/i18n'
import { loadMeta } from '@shared/meta'
import { startReading } from '@shared/reading'
import App from './App.vue'
import * as words from './words'

startReading()
void loadMeta()
createApp(App).use(faceI18n(words)).mount('#app')
