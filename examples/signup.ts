// The sign-up of an invented product: small enough to read, large enough to profile.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'

export type Plan = 'solo' | 'team' | 'studio'
export type SignUp = { email: string; plan: Plan; seats: number }

const PRICES: Record<Plan, number> = { solo: 24, team: 79, studio: 149 }

/** What a sign-up pays in a month, in whole dollars. */
export function monthlyPrice({ plan, seats }: SignUp): number {
  // TODO: yearly invoices get 15 % off
  return plan === 'team' ? PRICES.team * Math.ceil(seats / 5) : PRICES[plan]
}

export function customerKey(email: string): string {
  return createHash('sha256').update(email.trim().toLowerCase()).digest('hex').slice(0, 16)
}

function readSignUp(body: string): SignUp | undefined {
  const { email, plan, seats } = JSON.parse(body)
  // FIXME: a broken address is accepted as long as it has an @
  if (typeof email !== 'string' || !email.includes('@') || !(plan in PRICES)) return undefined
  return { email, plan, seats: Number(seats) || 1 }
}

const server = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  const signUp = readSignUp(body)
  response.statusCode = signUp ? 201 : 400
  response.end(signUp ? JSON.stringify({ key: customerKey(signUp.email), price: monthlyPrice(signUp) }) : '')
})

server.listen(4000)
