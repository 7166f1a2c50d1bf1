import { LoomError } from '../../../core/errors.ts'

/**
 * A provider's address as its SDK takes it. Throws `invalid_input`, naming the setting, for what is no URL, carries
 * credentials, or would send the key in the clear: https, except on this machine.
 */
export function checkBaseUrl(setting: string, baseUrl: string): string {
  const url = URL.parse(baseUrl)
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw refusal(`${setting} is not a web address.`)
  if (url.username !== '' || url.password !== '')
    throw refusal(`${setting} must not carry a name or a password.`)
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw refusal(`${setting} must begin with https:// unless it points at this machine.`)
  }
  return baseUrl.trim().replace(/\/+$/, '')
}

/** The key for the SDK. Only an address of one's own may do without. */
export function checkKey(setting: string, apiKey: string, baseUrl: string | undefined): string {
  const key = apiKey.trim()
  if (key !== '') return key
  if (baseUrl === undefined) throw refusal(`${setting} is empty.`)
  return 'none'
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  )
}

function refusal(message: string): LoomError {
  return new LoomError({ kind: 'invalid_input', message })
}
