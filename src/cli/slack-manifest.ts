import { slackManifest } from '../bots/slack/manifest.ts'

/** `npm run slack:manifest -- https://host [--socket]`: prints the manifest to paste into Slack. */
const words = process.argv.slice(2)
const socket = words.includes('--socket')
const [host, ...more] = words.filter((word) => word !== '--socket')
const usable = host === undefined ? socket : URL.canParse(host) && new URL(host).protocol === 'https:'
if (!usable || more.length > 0) {
  process.stderr.write(
    'Say the address of this Loom, as in: npm run slack:manifest -- https://loom.example.com\n',
  )
  process.stderr.write('Or, for Socket Mode, where it needs none: npm run slack:manifest -- --socket\n')
  process.exit(1)
}
const origin = host === undefined ? '' : new URL(host).origin
process.stdout.write(`${JSON.stringify(slackManifest({ host: origin, socket }), null, 2)}\n`)
