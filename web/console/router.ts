import { nextTick, ref, watch } from 'vue'
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import type { Permission } from '@shared/api/types'
import { lang } from '@shared/lang'
import { can, loadSession, session } from './session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the page's name, for the window title. */
    title?: string
    permission?: Permission
    /** Reachable without a session. */
    open?: boolean
  }
}

/** The server did not answer when the session was asked for. */
export const unreachable = ref(false)

const inShell: RouteRecordRaw[] = [
  page('', 'dashboard', 'menu.dashboard', () => import('./pages/dashboard/DashboardPage.vue'), 'records.read'),
  page('statistics', 'statistics', 'menu.statistics', () => import('./pages/statistics/StatisticsPage.vue'), 'records.read'),
  page('setup', 'setup', 'menu.setup', () => import('./pages/setup/SetupPage.vue'), 'setup.manage'),
  page('vehicles', 'vehicles', 'menu.vehicles', () => import('./pages/vehicles/VehiclesPage.vue'), 'records.read'),
  page('areas', 'areas', 'menu.areas', () => import('./pages/areas/AreasPage.vue'), 'areas.read'),
  page('units', 'units', 'menu.units', () => import('./pages/units/UnitsPage.vue'), 'units.read'),
  page('staff', 'staff', 'menu.staff', () => import('./pages/staff/StaffPage.vue'), 'staff.manage'),
  page('delegations', 'delegations', 'menu.delegations', () => import('./pages/delegations/DelegationsPage.vue'), 'staff.manage'),
  page('shares', 'shares', 'menu.shares', () => import('./pages/shares/SharesPage.vue'), 'records.read'),
  page('checkpoints', 'checkpoints', 'menu.checkpoints', () => import('./pages/checkpoints/CheckpointsPage.vue'), 'checkpoints.read'),
  page('checkpoints/:id(\\d+)', 'checkpoint', 'menu.checkpoints', () => import('./pages/checkpoints/CheckpointPage.vue'), 'checkpoints.read'),
  page('templates', 'templates', 'menu.templates', () => import('./pages/templates/TemplatesPage.vue'), 'checkpoints.read'),
  page('templates/design', 'template-design', 'menu.templates', () => import('./pages/templates/DesignerPage.vue'), 'checkpoints.manage'),
  page('posters', 'posters', 'menu.posters', () => import('./pages/posters/PostersPage.vue'), 'checkpoints.read'),
  page('records', 'records', 'menu.records', () => import('./pages/records/RecordsPage.vue'), 'records.read'),
  page('alerts', 'alerts', 'menu.alerts', () => import('./pages/alerts/AlertsPage.vue'), 'alerts.read'),
  page('devices', 'devices', 'menu.devices', () => import('./pages/devices/DevicesPage.vue'), 'devices.manage'),
  page('printed-codes', 'cards', 'menu.cards', () => import('./pages/cards/CardsPage.vue'), 'codes.print'),
  page('rosters', 'rosters', 'menu.rosters', () => import('./pages/rosters/RostersPage.vue'), 'rosters.read'),
  page('rosters/:id(\\d+)', 'roster', 'menu.rosters', () => import('./pages/rosters/RosterPage.vue'), 'rosters.read'),
  page('resumption', 'resumption', 'menu.resumption', () => import('./pages/resumption/ResumptionPage.vue'), 'reports.read'),
  page('resumption/:id(\\d+)', 'company', 'menu.resumption', () => import('./pages/resumption/CompanyPage.vue'), 'reports.read'),
  page('evidence', 'evidence', 'menu.evidence', () => import('./pages/evidence/EvidencePage.vue'), 'evidence.import'),
  page('plans', 'plans', 'menu.plans', () => import('./pages/plans/PlansPage.vue'), 'plans.read'),
  page('trust', 'trust', 'menu.trust', () => import('./pages/trust/TrustPage.vue'), 'evidence.trust'),
  page('tracing', 'tracing', 'menu.tracing', () => import('./pages/tracing/TracingPage.vue'), 'tracing.run'),
  page('interviews/:id(\\d+)', 'interview', 'interview.menu', () => import('./pages/interview/InterviewPage.vue'), 'tracing.run'),
  page('tickets', 'tickets', 'menu.tickets', () => import('./pages/tickets/TicketsPage.vue'), 'tickets.work'),
  page('guardianships', 'guardianships', 'menu.guardianships', () => import('./pages/guardianships/GuardianshipsPage.vue'), 'family.prove'),
  page('holds', 'holds', 'menu.holds', () => import('./pages/holds/HoldsPage.vue'), 'holds.manage'),
  page('audit', 'audit', 'menu.audit', () => import('./pages/audit/AuditPage.vue'), 'audit.read'),
  page('runs', 'runs', 'menu.runs', () => import('./pages/runs/RunsPage.vue')),
  page('forbidden', 'forbidden', 'stop.forbidden', () => import('./pages/ForbiddenPage.vue')),
  page(':rest(.*)*', 'missing', 'stop.missing', () => import('./pages/MissingPage.vue')),
]

const routes: RouteRecordRaw[] = [
  { path: '/login', name: 'login', component: () => import('./pages/LoginPage.vue'), meta: { open: true, title: 'login.title' } },
  { path: '/password', name: 'password', component: () => import('./pages/PasswordPage.vue'), meta: { title: 'password.title' } },
  {
    path: '/print/checkpoints',
    name: 'print',
    component: () => import('./pages/print/PrintPage.vue'),
    meta: { permission: 'checkpoints.read', title: 'print.title' },
  },
  {
    path: '/wall',
    name: 'wall',
    component: () => import('./pages/wall/WallPage.vue'),
    meta: { permission: 'records.read', title: 'menu.wall' },
  },
  { path: '/', component: () => import('./layout/ShellLayout.vue'), children: inShell },
]

function page(
  path: string,
  name: string,
  title: string,
  component: () => Promise<unknown>,
  permission?: Permission,
): RouteRecordRaw {
  return { path, name, component, meta: { title, permission } } as RouteRecordRaw
}

/** The first page this account may see; an attendant has no dashboard. */
export function homeOf(): { name: string } {
  const first = inShell.find((route) => route.meta?.permission && !String(route.path).includes(':') && can(route.meta.permission))
  return { name: String(first?.name ?? 'forbidden') }
}

export function makeRouter(t: (key: string) => string) {
  const router = createRouter({ history: createWebHistory('/console/'), routes })

  router.beforeEach(async (to, from) => {
    try {
      await loadSession()
      unreachable.value = false
    } catch {
      unreachable.value = true
      return true
    }
    if (to.meta.open) return true
    if (!session.value) return { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
    if (session.value.must_change_password && to.name !== 'password') {
      return { name: 'password', query: { next: to.fullPath } }
    }
    if (to.meta.permission && !can(to.meta.permission)) {
      return to.name === 'dashboard' ? homeOf() : { name: 'forbidden' }
    }
    // The unit in focus goes along from page to page.
    if (to.path !== from.path && from.query.unit && to.query.unit === undefined && to.name !== 'print') {
      return { ...to, query: { ...to.query, unit: from.query.unit } }
    }
    return true
  })

  const entitle = () => {
    const key = router.currentRoute.value.meta.title
    document.title = `${key ? `${t(key)} · ` : ''}${t('console.name')}`
  }
  router.afterEach(() => void nextTick(entitle))
  watch(lang, () => void nextTick(entitle))
  return router
}
