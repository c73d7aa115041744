import type { Same } from '@shared/i18n'

export const zh = {
  title: '联防 · 场所登记与疫情防控',
  lead: '扫一下门口的码，一秒之内登记完成。',
  faces: {
    citizen: { title: '居民', text: '扫码登记，查看自己到过的场所。' },
    gate: { title: '门岗', text: '实时看到每一次登记和是否通行。' },
    console: { title: '管理台', text: '单位、登记点、登记记录与统计。' },
  },
  door: '演示：扫描一个场所码',
  accounts: '演示账号',
  username: '用户名',
  password: '密码',
  onePassword: '所有账号的密码都是',
  who: '身份',
  demo: '这是演示环境，人名和记录都是虚构的。',
}

export const en: Same<typeof zh> = {
  title: 'Lianfang · check-ins for epidemic control',
  lead: 'Scan the code at a door and be checked in within a second.',
  faces: {
    citizen: { title: 'Residents', text: 'Scan, check in, see the places you visited.' },
    gate: { title: 'Gate', text: 'See every check-in at once, and who may pass.' },
    console: { title: 'Console', text: 'Units, checkpoints, records and figures.' },
  },
  door: 'Demo: scan a place code',
  accounts: 'Demo accounts',
  username: 'User name',
  password: 'Password',
  onePassword: 'The password of all accounts is',
  who: 'Who',
  demo: 'This is a demonstration: people and records are invented.',
}
