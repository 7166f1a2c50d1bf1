import { chatPortContract } from '../../contracts/chat-port.ts'
import { jsonSetup, liveSetup, plainSetup } from './terminals.ts'

chatPortContract('live terminal', liveSetup)
chatPortContract('plain terminal', plainSetup, { appends: true })
chatPortContract('json terminal', jsonSetup, { appends: true, exact: true })
