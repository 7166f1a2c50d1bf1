import { chatPortContract } from '../../contracts/chat-port.ts'
import { slackSetup } from './support/scene.ts'

chatPortContract('slack', slackSetup)
