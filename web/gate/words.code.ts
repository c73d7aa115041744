import type { Same } from '@shared/i18n'

/** Words about a code that is held before the gate. */
export const zh = {
  code: {
    challenge: '应与手机同步',
    document: '请看证件：{document}',
    asOf: '本机核验 · 状态更新于{age}',
    saved: '网络不通，登记已存，联网后自动发送',
    ready: '断网也能核验 · 状态更新于{age}',
    same: '同一个人，刚刚核验过。',
    refused: '此码无效',
    reason: {
      unknown: '这不是居民的“我的码”。请他打开“我的登记”，再点“我的码”。',
      place: '这不是居民的“我的码”，是门口的场所码（可能是别人转发的）。请他打开自己的“我的码”。',
      forged: '签名不符，不是本平台签发的码。请看证件，手工登记。',
      expired: '这部手机一天没有联网，码已过期。请他联网刷新，或看证件手工登记。',
      stale: '这是先前的画面，可能是截图。请他当面打开“我的码”。',
      ahead: '这部手机的时间不对。请他校准时间后再扫。',
      void: '这张码已作废。请看证件，手工登记。',
      replayed: '这个画面刚才已经用过。请他本人打开“我的码”，等几秒再扫。',
      noList: '本机没有最新的状态名单，断网时不能核验。请看证件，手工登记。',
    },
  },
}

export const en: Same<typeof zh> = {
  code: {
    challenge: 'must move with the phone',
    document: 'Look at the document: {document}',
    asOf: 'Checked on this device · status {age}',
    saved: 'No connection: saved here, sent later',
    ready: 'Checks without a network too · status {age}',
    same: 'The same person, checked a moment ago.',
    refused: 'Not accepted',
    reason: {
      unknown: 'This is not a resident’s code. It is under “My check-ins”, “My code”.',
      place: 'This is not a resident’s code but a door’s, perhaps forwarded. Ask for their own “My code”.',
      forged: 'Wrong signature: not issued by this platform. Look at their document and enter it by hand.',
      expired: 'This phone was offline for a day and its code has run out. It must go online, or enter their document by hand.',
      stale: 'This is an earlier picture, perhaps a screenshot. Ask them to open “My code” here.',
      ahead: 'This phone’s clock is wrong. It must be set first.',
      void: 'This code was made void. Look at their document and enter it by hand.',
      replayed: 'This very picture was used already. Ask them to open “My code” and wait a few seconds.',
      noList: 'This device has no recent status list, so it can’t check without a network. Look at their document and enter it by hand.',
    },
  },
}
