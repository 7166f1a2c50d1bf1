import { chatPortContract } from '../../contracts/chat-port.ts'
import { discordSetup } from './support/scene.ts'

chatPortContract('discord', discordSetup, { beginsTwice: true })
