/** When a delivery was made, which its id says (UUIDv7): nothing of it was posted before. */
export function madeAtMs(nonce: string): number | undefined {
  const [, high, low] = /^([\da-f]{8})-([\da-f]{4})-7/u.exec(nonce) ?? []
  return high === undefined || low === undefined ? undefined : Number.parseInt(high + low, 16)
}
