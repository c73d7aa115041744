import type { Same } from '@shared/i18n'

/** Words of what follows a scan: the stamp, waiting for it, and leaving. */
export const zh = {
  stamp: {
    at: '登记时间',
    serial: '登记编号',
    person: '姓名',
    replayed: '这次登记此前已收到，没有重复记录。',
    privacy: '信息加密保存，工作人员平时只看到打码后的内容。',
    spoken: '{place}，{verdict}。{reason}',
    temperature: '体温',
    measured: '{age}在{place}测得',
    seat: '座位',
    what: '接下来怎么办',
    do: {
      review: '有疑问请当面问值守人员；情况变了，可以重新扫码登记。',
      fever: '请戴好口罩，在一旁等候值守人员安排，不要坐公共交通。需要就医请去发热门诊。',
    },
  },
  waiting: {
    measure: '请测体温',
    review: '请稍候',
    show: '请把这一页给值守人员看',
    text: '已登记，等值守人员确认。这一页会自动变化，不用刷新。',
    offline: '网络不通，登记已经收到，不会丢失。有网络后这一页会自动变化。',
    at: '登记时间',
    lapsed: '等待已过期',
    lapsedText: '这次登记等了半小时没有人处理，没有生效。请重新登记。',
    again: '重新登记',
  },
  leaving: {
    inside: '您登记在',
    button: '离开时点这里签退',
    done: '{at} 已签退，再见。',
    kept: '{at} 的签退存在本机，联网后自动发送。',
  },
  saved: {
    word: '尚未收到',
    title: '已存在本机，尚未发出',
    text: '网络不通或服务繁忙，登记还没有送达。内容和时间都已存好，有网络后自动发送，不会重复登记。',
    ask: '请把这一页给值守人员看。',
    now: '立即重试',
    refused: '没有登记成功',
    forget: '知道了，删除这一条',
    banner: '{n} 条登记存在本机，尚未收到',
  },
}

export const en: Same<typeof zh> = {
  stamp: {
    at: 'Checked in at',
    serial: 'Stamp number',
    person: 'Name',
    replayed: 'This check-in had been received before; it was not recorded twice.',
    privacy: 'Stored encrypted; staff see it masked.',
    spoken: '{place}. {verdict}. {reason}',
    temperature: 'Temperature',
    measured: 'measured {age} at {place}',
    seat: 'Seat',
    what: 'What to do now',
    do: {
      review: 'Please ask the attendant if anything is unclear. If things change, scan and check in again.',
      fever: 'Please wear a mask, wait aside for the attendant and take no public transport. For a doctor, go to a fever clinic.',
    },
  },
  waiting: {
    measure: 'Temperature check',
    review: 'One moment',
    show: 'Please show this page to the attendant',
    text: 'You are checked in and wait for the attendant. This page changes by itself.',
    offline: 'No connection. Your check-in has been received and is safe; this page changes once you are online.',
    at: 'Checked in at',
    lapsed: 'Waited too long',
    lapsedText: 'Nobody decided about this check-in for half an hour, so it does not count. Please check in again.',
    again: 'Check in again',
  },
  leaving: {
    inside: 'You are checked in at',
    button: 'Tap here when you leave',
    done: 'Checked out at {at}. Goodbye.',
    kept: 'Your check-out at {at} is saved here and sent once you are online.',
  },
  saved: {
    word: 'Not received yet',
    title: 'Saved on this phone, not sent yet',
    text: 'There is no connection, or the service is busy. Your answers and the time are saved and will be sent by themselves, once only.',
    ask: 'Please show this page to the attendant.',
    now: 'Try now',
    refused: 'Not checked in',
    forget: 'OK, delete this one',
    banner: '{n} check-in(s) saved on this phone, not received yet',
  },
}
