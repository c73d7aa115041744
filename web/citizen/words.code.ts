import type { Same } from '@shared/i18n'

/** Words of one's own code. */
export const zh = {
  code: {
    title: '我的码',
    alt: '我的码，给门岗扫描的二维码',
    show: '请把码对准门岗的摄像头',
    colour: { green: '绿码 · 通行', yellow: '黄码 · 留观', red: '红码 · 隔离' },
    challenge: '与门岗同步',
    several: '一码 {n} 人，门岗逐一核验',
    asOf: '颜色更新于{age}',
    valid: '{age} 秒前更新，{left} 秒内有效',
    age: '{age} 秒前更新',
    expired: '已过期，正在等网络',
    offline: '网络不通，码仍可使用，还能用 {hours} 小时。颜色是断网前的，门岗按最新名单核验。',
    offlineOld: '已经一天没有联网，码过期了。请连上网络，或出示证件手工登记。',
    offlineSoon: '网络不通，不能更新。过期的码门岗扫不了，请连上网络，或出示证件手工登记。',
    privacy: '码里只有打码的姓名，没有证件号码；每几秒更换，截图无效。',
    paper: {
      title: '没带手机？打印一张',
      text: '纸质码有效半年，出示时须核对本人证件。打印新的一张，旧的自动作废。',
      until: '已打印，有效期至 {day}',
      a4: '下载 A4 页',
      card: '下载卡片',
      issue: '生成打印码',
      void: '遗失了，作废这一张',
      lost: '本人作废',
    },
    privacySealed: '码里没有您的姓名和证件，只有门岗能认出来。',
  },
}

export const en: Same<typeof zh> = {
  code: {
    title: 'My code',
    alt: 'My code: a QR code for the gate to scan',
    show: 'Please hold this code up to the gate’s camera',
    colour: { green: 'Green · pass', yellow: 'Yellow · observe', red: 'Red · isolate' },
    challenge: 'moves with the gate',
    several: '{n} people in one code; the gate checks each',
    asOf: 'Colour updated {age}',
    valid: 'renewed {age} s ago, valid for {left} s',
    age: 'renewed {age} s ago',
    expired: 'Expired; waiting for a connection',
    offline: 'No connection: the code still works, for {hours} hours more. The colour is the last one known; gates use their newest list.',
    offlineOld: 'Offline for a day: the code has expired. Please connect, or show your document.',
    offlineSoon: 'No connection, so it cannot be renewed. A gate does not take an expired code: please connect, or show your document.',
    privacy: 'The code holds your masked name and no document number. It changes every few seconds; a screenshot is worth nothing.',
    paper: {
      title: 'Without your phone? Print one',
      text: 'A printed code is good for half a year, together with your document. A new one ends the one before.',
      until: 'Printed, valid until {day}',
      a4: 'A4 page',
      card: 'Card',
      issue: 'Make a printed code',
      void: 'Lost: make it void',
      lost: 'made void by the holder',
    },
    privacySealed: 'The code holds neither your name nor your document; only a gate can tell whose it is.',
  },
}
