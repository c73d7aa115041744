import { expect, it } from 'vitest'
import { parseTenants } from './tenants'

it('tenants are pasted from a table, a list or a file', () => {
  const text = '12F\t白河设计\n\n  2F , 海陀旅行社 \r\nB1，食堂\n"3F","Smith, Jones & Co."\n'
  expect(parseTenants(text)).toEqual({
    rows: [
      { floor: '12F', name: '白河设计' },
      { floor: '2F', name: '海陀旅行社' },
      { floor: 'B1', name: '食堂' },
      { floor: '3F', name: 'Smith, Jones & Co.' },
    ],
    wrong: [],
  })
})

it('lines without a floor or a name are told by their number', () => {
  expect(parseTenants('12F\n3F,乙\n,丙\n4F,')).toEqual({ rows: [{ floor: '3F', name: '乙' }], wrong: [1, 3, 4] })
})
