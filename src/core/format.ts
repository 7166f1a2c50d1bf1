/** How amounts read, in every place where a person sees one. Pure; English; the same on every platform. */

const microUsdPerCent = 10_000

/** `$0.42`, `$12.00`, `$1,204.50`; four digits under a cent (`$0.0004`), and `<$0.0001` for less that is not nothing. */
export function formatUsd(microUsd: number): string {
  if (microUsd < 0) return `-${formatUsd(-microUsd)}`
  if (microUsd === 0 || microUsd >= microUsdPerCent) return `$${dollars(microUsd, 2)}`
  if (microUsd < 50) return '<$0.0001'
  const four = dollars(microUsd, 4)
  return four === '0.0100' ? '$0.01' : `$${four}`
}

function dollars(microUsd: number, digits: number): string {
  return (microUsd / 1_000_000).toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}

/** `850 ms`, `42 s`, `2 min 10 s`, `1 h 5 min`, `2 d 3 h`: the two largest units, rounded down, a zero left out. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, Math.floor(ms))
  if (whole < 1000) return `${whole} ms`
  const seconds = Math.floor(whole / 1000)
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  if (minutes === 0) return `${seconds} s`
  if (hours === 0) return pair(minutes, 'min', seconds % 60, 's')
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'min')
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}

/** `999 B`, `1.2 KB`, `12 KB`, `50 MB`: thousands, one digit after the point below ten. */
export function formatBytes(bytes: number): string {
  let amount = Math.max(0, Math.round(bytes))
  if (amount < 1000) return `${amount} B`
  for (const unit of ['KB', 'MB', 'GB']) {
    amount /= 1000
    if (Math.round(amount) < 1000) return `${shortNumber(amount)} ${unit}`
  }
  return `${shortNumber(amount / 1000)} TB`
}

function shortNumber(amount: number): string {
  const tenths = Math.round(amount * 10) / 10
  return tenths < 10 ? String(tenths) : Math.round(amount).toLocaleString('en-US')
}

/** `1 agent`, `5 agents`, `1,204 rows`; `many` where an `s` is not enough (`2 replies`). */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
}
