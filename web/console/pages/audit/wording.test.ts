import { createI18n } from 'vue-i18n'
import { describe, expect, it } from 'vitest'
import * as common from '@shared/i18n/common'
import zh from '../../locales/zh-CN'
import { deed, detail, subject } from './wording'

const { t, te } = createI18n({ legacy: false, locale: 'zh-CN', messages: { 'zh-CN': { ...common.zh, ...zh } } }).global
const words = { t, te } as Parameters<typeof deed>[0]

describe('a line of the audit log', () => {
  it('names whom and what it is about', () => {
    expect(subject(words, 'staff:3')).toBe('账号 3')
    expect(subject(words, 'visit:12:019ab000-0000-7000-8000-000000000000')).toBe('居民 12 的登记')
    expect(subject(words, 'records')).toBe('登记记录')
    expect(subject(words, 'something:new')).toBe('something:new')
  })
  it('says what was done', () => {
    expect(deed(words, 'records.export')).toBe('导出记录')
    expect(deed(words, 'new.deed')).toBe('new.deed')
  })
  it('says roles, levels, reasons and fields in words', () => {
    expect(detail(words, { role: 'admin', unit: 7 })).toBe('角色: 管理员 · 单位: 7')
    expect(detail(words, { role: ['clerk', 'admin'], disabled: [false, true], display_name: [] })).toBe(
      '角色: 工作人员 → 管理员 · 状态: 启用 → 停用 · 姓名或岗位',
    )
    expect(detail(words, { reason: 'totp' })).toBe('原因: 动态码不正确')
    expect(detail(words, { fields: ['name', 'template_id'] })).toBe('字段: 名称、表单')
  })
  it('gives times in the county’s zone and leaves out what was not given', () => {
    const given = { purpose: '核实', checkpoint: null, phone: true, document: false, since: '2026-11-21T16:00:00+00:00' }
    expect(detail(words, given)).toBe('用途: 核实 · 按手机号 · 起: 2026-11-22 00:00:00')
  })
})
