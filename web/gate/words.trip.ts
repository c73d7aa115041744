import type { Same } from '@shared/i18n'

/** Words of the driver's trips, loaded with their panel. */
export const zh = {
  plain: '本车',
  none: '没有进行中的班次',
  outbound: '上班',
  inbound: '下班',
  since: '{direction} {at} 起 · {n} 人',
  begin: { outbound: '上班 发车', inbound: '下班 发车' },
  end: '结束班次',
  askEnd: '结束{direction}班次（{at} 开始）？',
  askNext: '{direction}班次（{at} 开始）还没有结束。开始新班次，它就结束。',
  no: '不，返回',
  kept: '{direction} {at} 起 · 已记下，联网后上报',
}

export const en: Same<typeof zh> = {
  plain: 'This vehicle',
  none: 'No trip under way',
  outbound: 'To work',
  inbound: 'Home',
  since: '{direction} since {at} · {n} on board',
  begin: { outbound: 'Start: to work', inbound: 'Start: home' },
  end: 'End the trip',
  askEnd: 'End the trip “{direction}” that began at {at}?',
  askNext: 'The trip “{direction}” that began at {at} is under way. A new trip ends it.',
  no: 'No, back',
  kept: '{direction} since {at} · kept here, sent once there is a connection',
}
