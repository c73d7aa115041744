import { createRouter, createWebHistory } from 'vue-router'
import ListPage from './pages/ListPage.vue'
import LoginPage from './pages/LoginPage.vue'
import GatePage from './pages/GatePage.vue'
import { loadSession } from './session'

export const router = createRouter({
  history: createWebHistory('/gate/'),
  routes: [
    { path: '/login', name: 'login', component: LoginPage },
    { path: '/:id(\\d+)', name: 'gate', component: GatePage, props: (route) => ({ id: Number(route.params.id) }) },
    { path: '/', name: 'list', component: ListPage },
    { path: '/:rest(.*)*', redirect: { name: 'list' } },
  ],
})

router.beforeEach(async (to) => {
  if (to.name === 'login') return true
  const session = await loadSession()
  // Undefined: the server was not reached. The page says so itself and tries again.
  return session === null || session?.must_change_password ? { name: 'login', query: { to: to.fullPath } } : true
})
