import { vi } from 'vitest'
import { chatStory } from './chat-story.ts'
import { openDiscordStage } from './discord-stage.ts'

vi.setConfig({ testTimeout: 150_000 })

chatStory('Discord', openDiscordStage)
