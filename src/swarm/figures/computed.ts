import type { Figure } from './cited.ts'
import { roundsTo } from './numbers.ts'

/** A sum in front of a figure: `1,204 + 1,311 + 905 = `, up to 200 characters of it. */
const sumBefore = /([\d.,'’\s\u00a0\u202f+\-−–×x*·/÷:()%$€£]{3,200})[=≈]\s?[$€£]?$/u

/** Whether the answer shows the sum that gives the figure, and the sum is right. Its parts are figures of their own. */
export function isComputed(answer: string, figure: Figure): boolean {
  return figure.at.some((at) => {
    const sum = sumBefore.exec(answer.slice(Math.max(0, at - 210), at))?.[1]
    const values = sum === undefined ? [] : [english, german].map((read) => evaluate(sum, read))
    return values.some((value) => figure.readings.some((reading) => roundsTo(value, reading)))
  })
}

const english = (digits: string) => Number(digits.replace(/[,'’\s\u00a0\u202f]/g, ''))
const german = (digits: string) => Number(digits.replace(/[.'’\s\u00a0\u202f]/g, '').replace(',', '.'))

/** The value of a sum with the four operations and brackets; `NaN` for anything else, one number alone included. */
function evaluate(sum: string, read: (digits: string) => number): number {
  const tokens = sum.match(/\d[\d.,'’\u00a0\u202f]*(?<=\d)(?: \d{3}(?!\d))*%?|[+\-−–×x*·/÷:()]/gu) ?? []
  let at = 0
  let operations = 0
  const factor = (): number => {
    const token = tokens[at] ?? ''
    at += 1
    if (token === '(') {
      const value = chain()
      at += 1
      return value
    }
    if (/^[-−–]$/.test(token)) return -factor()
    return token.endsWith('%') ? read(token.slice(0, -1)) / 100 : read(token === '' ? 'none' : token)
  }
  const product = (): number => {
    let value = factor()
    for (let sign = tokens[at] ?? ''; /^[×x*·/÷:]$/.test(sign); sign = tokens[at] ?? '') {
      at += 1
      operations += 1
      value = /[/÷:]/.test(sign) ? value / factor() : value * factor()
    }
    return value
  }
  const chain = (): number => {
    let value = product()
    for (let sign = tokens[at] ?? ''; /^[+\-−–]$/.test(sign); sign = tokens[at] ?? '') {
      at += 1
      operations += 1
      value = sign === '+' ? value + product() : value - product()
    }
    return value
  }
  const value = chain()
  return at >= tokens.length && operations > 0 && Number.isFinite(value) ? value : Number.NaN
}
