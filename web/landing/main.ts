import '@shared/tokens.css'
import { createApp } from 'vue'
import { faceI18n } from '@shared/i18n'
import App from './App.vue'

createApp(App).use(faceI18n({ zh: {}, en: {} })).mount('#app')
