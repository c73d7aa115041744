import { describe, expect, it } from 'vitest'
import type { Channel } from '@shared/api/types'
import { leaveFor, usableHere } from './channels'

const WECHAT = 'Mozilla/5.0 (Linux; Android 13) MicroMessenger/8.0.49'
const CHROME = 'Mozilla/5.0 (Linux; Android 13) Chrome/124'
const all: Channel[] = [
  { name: 'wechat', kind: 'redirect' },
  { name: 'alipay', kind: 'redirect' },
  { name: 'oidc', kind: 'redirect', label: '统一认证' },
  { name: 'wechat_mini', kind: 'mini_program' },
  { name: 'sms', kind: 'sms' },
]

describe('the buttons on the registration page', () => {
  it('offer inside WeChat what works inside WeChat', () => {
    expect(usableHere(all, WECHAT).map((one) => one.name)).toEqual(['wechat', 'oidc'])
  })
  it('offer in a browser what works in a browser', () => {
    expect(usableHere(all, CHROME).map((one) => one.name)).toEqual(['alipay', 'oidc'])
  })
  it('come back to the page they stand on', () => {
    expect(leaveFor('oidc', '/v/ABC')).toBe('/api/v1/channels/oidc/authorize?return=%2Fv%2FABC')
    expect(leaveFor('wechat', '/h5/register', true)).toContain('&more=true')
  })
})
