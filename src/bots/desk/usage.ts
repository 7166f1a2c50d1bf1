import { formatUsd, plural } from '../../core/format.ts'
import { type UsageReport, usageReport } from '../../storage/usage/report.ts'
import { type Acting, contextOf, type Desk } from './desk.ts'

const mostModels = 8

/** What the account spent: this month beside its cap, today, and by model. */
export async function usage(desk: Desk, acting: Acting): Promise<string> {
  return usageWords(await usageReport(desk.store, contextOf(acting))).join('\n')
}

export function usageWords(report: UsageReport): string[] {
  const { byModel, jobsThisMonth } = report
  const models = byModel.slice(0, mostModels)
  const others = byModel.slice(mostModels)
  const rest = others.reduce((sum, line) => sum + line.costMicroUsd, 0)
  return [
    monthWords(report),
    `Today: ${formatUsd(report.todayMicroUsd)}. Days and months go by UTC.`,
    ...(jobsThisMonth > 0 ? [`${plural(jobsThisMonth, 'job')} this month.`] : []),
    ...models.map((line) => `${line.model}: ${formatUsd(line.costMicroUsd)}, ${plural(line.steps, 'step')}`),
    ...(others.length > 0 ? [`${plural(others.length, 'other model')}: ${formatUsd(rest)}`] : []),
  ]
}

export function monthWords({ monthCapMicroUsd, monthMicroUsd }: UsageReport): string {
  return `This month: ${formatUsd(monthMicroUsd)} of ${formatUsd(monthCapMicroUsd)}.`
}
