import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import type { Vault } from '../../core/ports.ts'
import type { ProofBody } from './finding.ts'

/** A proof with its signature: Ed25519 over the body's JSON, so that anybody who has the public key can check it. */
export interface Proof {
  body: ProofBody
  /** Base64url, of the raw 64 bytes. */
  signature: string
  /** Base64url, of the raw 32 bytes. */
  publicKey: string
}

/** RFC 8410: what stands before the seed of a private key and before the bytes of a public one. */
const privateHead = Buffer.from('302e020100300506032b657004220420', 'hex')
const publicHead = Buffer.from('302a300506032b6570032100', 'hex')

/** Signs with the key that follows from the installation's root secret: the same for every process of it. */
export async function signProof(vault: Vault, body: ProofBody): Promise<Proof> {
  const seed = await vault.derive('policy-proof')
  const key = createPrivateKey({ key: Buffer.concat([privateHead, seed]), format: 'der', type: 'pkcs8' })
  const signature = sign(null, bytesOf(body), key).toString('base64url')
  return { body, signature, publicKey: rawPublic(key) }
}

/** Whether nobody changed the proof since the holder of its public key made it. */
export function isGenuine({ body, publicKey, signature }: Proof): boolean {
  const raw = Buffer.from(publicKey, 'base64url')
  if (raw.length !== 32) return false
  const key = createPublicKey({ key: Buffer.concat([publicHead, raw]), format: 'der', type: 'spki' })
  return verify(null, bytesOf(body), key, Buffer.from(signature, 'base64url'))
}

function rawPublic(key: KeyObject): string {
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return der.subarray(publicHead.length).toString('base64url')
}

/** In one order of fields, whatever store the proof went through. */
function bytesOf({ checkedAt, findings, ok, policy }: ProofBody): Buffer {
  const lines = findings.map(({ breach, found, limit, name, part }) => [part, name, limit, found, breach])
  return Buffer.from(JSON.stringify([policy, checkedAt, ok, lines]))
}
