import { afterEach, describe, expect, it } from 'vitest'
import { address, fileName } from './api/client'
import { Problem, problemOf } from './api/problem'
import { clockOffset, learnClock } from './clock'
import { checkCharacter, documentProblem, phoneOk, plain, plainPhone, residentIdProblem } from './document'
import { langOf } from './lang'
import { clock, day, dayTime, instant } from './time'
import { uuid7 } from './uuid7'

describe('a resident ID', () => {
  const now = Date.parse('2026-11-22T00:00:00Z')
  it('passes with its check digit, however it was typed', () => {
    expect(residentIdProblem('11010519491231002X', now)).toBeNull()
    expect(residentIdProblem(' 110105 19491231 002x ', now)).toBeNull()
    expect(residentIdProblem('１１０１０５１９４９１２３１００２Ｘ', now)).toBeNull()
  })
  it('is refused with the reason a person can act on', () => {
    expect(residentIdProblem('', now)).toBe('empty')
    expect(residentIdProblem('1101051949123100', now)).toBe('length')
    expect(residentIdProblem('11010519491231002A', now)).toBe('characters')
    expect(residentIdProblem('110105194913310029', now)).toBe('date')
    expect(residentIdProblem('110105204912310029', now)).toBe('date')
    expect(residentIdProblem('110105194912310021', now)).toBe('check')
  })
  it('is not refused for its area: residence permits begin with 81, 82, 83 and foreign cards with 9', () => {
    for (const first of ['81000019900307001', '83000019810715002', '91124119800108001']) {
      expect(residentIdProblem(first + checkCharacter(first), now)).toBeNull()
    }
  })
})

describe('other documents and phones', () => {
  it('take letters and digits only', () => {
    expect(documentProblem('passport', 'e1234567 8')).toBeNull()
    expect(documentProblem('passport', 'E12')).toBe('format')
    expect(documentProblem('passport', '护照123456')).toBe('format')
    expect(documentProblem('resident_id', 'E12345678')).toBe('length')
  })
  it('know a mobile number with or without +86, in any width', () => {
    expect(plainPhone('+86 139-0313-0001')).toBe('13903130001')
    expect(phoneOk('１３９０３１３０００１')).toBe(true)
    expect(phoneOk('+8619903130001')).toBe(true)
    expect(phoneOk('12903130001')).toBe(false)
    expect(plain(' 11－x ')).toBe('11X')
  })
})

describe('a scan id', () => {
  it('is a UUIDv7 that sorts by time', () => {
    const early = uuid7(1_700_000_000_000)
    const late = uuid7(1_700_000_000_001)
    expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(parseInt(early.replaceAll('-', '').slice(0, 12), 16)).toBe(1_700_000_000_000)
    expect(early < late).toBe(true)
    expect(uuid7()).not.toBe(uuid7())
  })
})

describe('the clock', () => {
  afterEach(() => learnClock(new Date().toUTCString(), Date.now(), Date.now()))
  it('follows the server when the phone is hours off', () => {
    const phone = Date.parse('2026-11-22T09:00:00Z')
    learnClock('Sun, 22 Nov 2026 04:00:00 GMT', phone, phone + 200)
    expect(Math.round(clockOffset() / 1000 / 3600)).toBe(-5)
  })
  it('is left alone within the precision of the header', () => {
    const phone = Date.parse('2026-11-22T04:00:00.900Z')
    learnClock('Sun, 22 Nov 2026 04:00:00 GMT', phone, phone + 100)
    expect(clockOffset()).toBe(0)
    learnClock('Sun, 22 Nov 2026 03:59:59 GMT', phone, phone + 100)
    expect(clockOffset()).toBe(0)
    learnClock('not a date', phone, phone)
    expect(clockOffset()).toBe(0)
  })
})

describe('times', () => {
  it('are shown in the zone of the instance', () => {
    expect(dayTime('2026-11-22T17:05:09Z', true, 'Asia/Shanghai')).toBe('2026-11-23 01:05:09')
    expect(day('2026-11-22T15:59:59Z', 'Asia/Shanghai')).toBe('2026-11-22')
    expect(clock('2026-11-22T16:00:00Z', false, 'Asia/Shanghai')).toBe('00:00')
  })
  it('go back to the instant of a wall clock', () => {
    expect(instant('2026-11-23', '00:00', 'Asia/Shanghai')).toBe('2026-11-22T16:00:00Z')
    expect(instant('2026-07-01', '12:30:30', 'Europe/Paris')).toBe('2026-07-01T10:30:30Z')
  })
})

describe('an answer that says no', () => {
  it('keeps the sentence, the fields and the wait', async () => {
    const response = new Response(
      JSON.stringify({
        status: 422,
        code: 'answers_invalid',
        detail: '请检查填写内容。',
        errors: [{ field: 'answers.temperature', code: 'too_high', detail: '体温不能高于 45。' }],
      }),
      { status: 422, headers: { 'content-type': 'application/problem+json', 'retry-after': '3' } },
    )
    const problem = await problemOf(response)
    expect(problem).toBeInstanceOf(Problem)
    expect(problem.message).toBe('请检查填写内容。')
    expect(problem.of('answers.temperature')).toBe('体温不能高于 45。')
    expect(problem.retryAfter).toBe(3)
  })
  it('survives a proxy that answers in HTML', async () => {
    const problem = await problemOf(new Response('<h1>Bad gateway</h1>', { status: 502 }))
    expect([problem.status, problem.code, problem.detail]).toEqual([502, 'http_502', ''])
  })
})

describe('addresses and names', () => {
  it('leave out what is empty', () => {
    expect(address('/units', { parent_id: 3, q: '', cursor: null, limit: 50 })).toBe('/api/v1/units?parent_id=3&limit=50')
  })
  it('read the UTF-8 file name of an export', () => {
    expect(fileName("attachment; filename=\"x.csv\"; filename*=UTF-8''%E8%AE%B0%E5%BD%95.csv")).toBe('记录.csv')
    expect(fileName('attachment; filename="records.xlsx"')).toBe('records.xlsx')
    expect(fileName(null)).toBeNull()
  })
  it('know the language from the cookie alone', () => {
    expect(langOf('a=b; lf_lang=en; c=d')).toBe('en')
    expect(langOf('lf_lang=xx')).toBe('zh-CN')
    expect(langOf('')).toBe('zh-CN')
  })
})

