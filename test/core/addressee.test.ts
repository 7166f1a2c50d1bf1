import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addresseeOf } from '../../src/core/addressee.ts'

const agents = [
  { id: 'r', names: ['researcher', 'Market research'] },
  { id: 'm', names: ['churn-march', 'Churn March'] },
  { id: 'c', names: ['churn', 'Churn'] },
  { id: 'e', names: ['prices-eu', 'Prices'] },
  { id: 'u', names: ['prices-us', 'Prices'] },
]
const whom = (text: string) => addresseeOf(text, agents)?.id

describe('a reply', () => {
  it.each([
    ['tell the researcher to leave out 2023', 'r'],
    ['Tell Researcher: only the EU', 'r'],
    ['please ask the researcher, is 2024 in it?', 'r'],
    ['@researcher only the EU', 'r'],
    ['@Market Research', 'r'],
    ['market research: only the EU', 'r'],
    ['The researcher agent : only the EU', 'r'],
    ['  RESEARCHER:only the EU', 'r'],
    ['tell churn-march that the file ends early', 'm'],
    ['@churn march, the file ends early', 'm'],
    ['churn_march: the file ends early', 'm'],
    ['tell churn marches on', 'c'],
    ['@prices-us in dollars', 'u'],
  ])('%j is for the one that it names, by the longest name', (text, id) => {
    expect(whom(text)).toBe(id)
  })

  it.each([
    ['leave out the researcher'],
    ['researcher should leave out 2023'],
    ['tell the researchers to hurry'],
    ['tell everybody to hurry'],
    ['note: only March'],
    ['prices: in dollars'],
    ['@churned'],
    ['churn rate: 4 %'],
    ['@'],
    [''],
  ])('%j is for all', (text) => {
    expect(whom(text)).toBeUndefined()
  })

  it('of any words is for somebody only if it holds a name of theirs', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const found = addresseeOf(text, agents)
        return !found || found.names.some((name) => /[a-z]/i.test(text) && text.length >= name.length)
      }),
    )
  })

  it('without agents, or to one without a name, is for all', () => {
    expect(addresseeOf('@researcher x', [])).toBeUndefined()
    expect(addresseeOf(': x', [{ names: ['', ' '] }])).toBeUndefined()
  })
})
