import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import DoorPage from './pages/DoorPage.vue'

const ofMember = ({ query }: RouteLocationNormalized) => ({ member: Number(query.member) || undefined })

export const router = createRouter({
  history: createWebHistory('/'),
  scrollBehavior: () => ({ top: 0 }),
  routes: [
    { path: '/v/:code', name: 'door', component: DoorPage, props: true },
    { path: '/h5/register', name: 'register', component: () => import('./pages/RegisterPage.vue') },
    { path: '/h5/statistics/:id(\\d+)', name: 'figures', component: () => import('./pages/PublicFiguresPage.vue'), props: true },
    { path: '/h5/areas', name: 'areas', component: () => import('./pages/AreasPage.vue') },
    { path: '/h5/sites', name: 'sites', component: () => import('./pages/SitesPage.vue') },
    { path: '/h5/code', name: 'code', component: () => import('./pages/CodePage.vue'), props: ofMember },
    { path: '/h5/health', name: 'health', component: () => import('./pages/HealthPage.vue'), props: ofMember },
    { path: '/h5/family', name: 'family', component: () => import('./pages/FamilyPage.vue') },
    { path: '/h5/tickets', name: 'tickets', component: () => import('./pages/TicketsPage.vue'), props: ofMember },
    {
      path: '/h5/tickets/:id(\\d+)',
      name: 'ticket',
      component: () => import('./pages/TicketPage.vue'),
      props: (to) => ({ id: to.params.id, ...ofMember(to) }),
    },
    { path: '/h5/ask', name: 'ask', component: () => import('./pages/AskPage.vue'), props: (to) => ({ hold: to.query.hold, ...ofMember(to) }) },
    { path: '/h5/report/:roster(\\d+)', name: 'report', component: () => import('./pages/ReportPage.vue'), props: true },
    { path: '/h5/:rest(.*)*', name: 'home', component: () => import('./pages/HomePage.vue') },
    { path: '/:rest(.*)*', redirect: { name: 'home' } },
  ],
})
