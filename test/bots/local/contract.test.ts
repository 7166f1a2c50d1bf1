import { chatPortContract } from '../../contracts/chat-port.ts'
import { jsonSetup, liveSetup, plainSetup } from './terminals.ts'

chatPortContract('live terminal', liveSetup, { stays: true })
chatPortContract('plain terminal', plainSetup, { appends: true, stays: true })
chatPortContract('json terminal', jsonSetup, { appends: true, exact: true, stays: true })
