import type { Same } from '@shared/i18n'

/** Words about a family in one code. */
export const zh = {
  groups: {
    title: '一码 {n} 人',
    one: '登记',
    all: '全部登记（{n} 人）',
    sending: '正在登记…',
    queued: '已登记，请在待处理中查验',
    done: '已登记：',
    note: '逐一核对本人。未登记的人不放行；红码由规则拒绝。',
  },
}

export const en: Same<typeof zh> = {
  groups: {
    title: '{n} people in one code',
    one: 'Register',
    all: 'Register all {n}',
    sending: 'Registering…',
    queued: 'Registered; decide in the waiting list',
    done: 'Registered:',
    note: 'Look at each person. Whoever is not registered stays outside; red is refused by the rules.',
  },
}
