import type { ModelPort } from '../../core/model.ts'
import type { Price } from '../../core/prices.ts'

/** One model that a step may go to, at whose price, over which account of its provider. */
export interface ModelChoice {
  port: ModelPort
  model: string
  price: Price
  /** Tells accounts at one provider apart (ours, and those that tenants brought). Never the key itself. */
  account: string
}

/** `anthropic/claude-opus-5-5`: how settings, receipts and logs name a choice. */
export function choiceName(choice: ModelChoice): string {
  return `${choice.port.provider}/${choice.model}`
}
