import {
  type APIApplicationCommandAttachmentOption,
  type APIApplicationCommandBooleanOption,
  type APIApplicationCommandStringOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  type RESTPutAPIApplicationCommandsJSONBody,
} from 'discord.js'
import { objectionSubjects } from '../../../core/objections.ts'
import { platformNames } from '../../../core/words.ts'
import { effortChoices } from './effort.ts'

/** What Loom is called among the commands, and on a message. */
export const commandNames = { loom: 'loom', take: 'Take this to Loom' } as const

const mostFiles = 10
/** What Discord takes as one option. */
const mostText = 6_000

/** The commands as Discord keeps them: the same list every time, so that putting it again changes nothing. */
export function loomCommands(): RESTPutAPIApplicationCommandsJSONBody {
  const everywhere = {
    integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
    contexts: [
      InteractionContextType.Guild,
      InteractionContextType.BotDM,
      InteractionContextType.PrivateChannel,
    ],
  }
  return [
    {
      ...everywhere,
      type: ApplicationCommandType.ChatInput,
      name: commandNames.loom,
      description: 'Have a swarm of agents work on a brief',
      options: [
        briefCommand,
        verb('status', 'What runs for you and here, and what it has cost', [
          job('One of your jobs, in detail'),
        ]),
        verb('stop', 'Stop a job', [job('Which one; without it the one that runs for you')]),
        verb('watch', 'Show a job of another thread in this one as well', [job('One of your jobs', true)]),
        verb('unwatch', 'Show it here no more'),
        verb('star', 'Keep a file for longer than 90 days', [file('One of your files')]),
        verb('unstar', 'Keep a file no longer than 90 days', [file('One of your files with a star')]),
        verb('usage', 'What was spent this month and today, beside the cap'),
        verb('settings', 'Where Loom works here and what it may spend'),
        schedulesGroup,
        connectCommand,
        verb('export', 'A copy of what Loom keeps of you', [
          flag('all', 'Of the whole account; owners only'),
        ]),
        verb('forget-me', 'What Loom would forget of what you wrote', [
          flag('yes', 'Have it forgotten'),
          flag('posts', 'With yes: also remove what Loom posted for briefs of yours'),
        ]),
        verb('ignore-me', 'Have nothing taken of what you say from now on'),
        verb('hear-me', 'Be heard again'),
        verb('object', 'What Loom is not to keep of you, and how to say so', objectionOptions),
        verb('allow', 'Take an objection back', objectionOptions),
        verb('delete-account', 'Delete this whole account; owners only', [
          flag('yes', 'Close it now; what that does is said first without this'),
          flag('posts', 'With yes: also remove what Loom has posted'),
          flag('undo', 'Take it back while there is time'),
        ]),
        verb('help', 'What Loom does and what you can say to it'),
      ],
    },
    { ...everywhere, type: ApplicationCommandType.Message, name: commandNames.take },
  ]
}

const briefCommand = verb('brief', 'Say what you want: agents work on it in a thread of its own', [
  {
    type: ApplicationCommandOptionType.String,
    name: 'text',
    description: 'What you want, in your own words',
    required: true,
    max_length: mostText,
  },
  {
    type: ApplicationCommandOptionType.String,
    name: 'effort',
    description: 'How far to go; as much as the brief needs without it',
    choices: effortChoices,
  },
  {
    type: ApplicationCommandOptionType.Number,
    name: 'cap',
    description: 'The most that it may cost, in dollars; the usual cap without it',
    min_value: 0.01,
  },
  ...Array.from(
    { length: mostFiles },
    (_, index): APIApplicationCommandAttachmentOption => ({
      type: ApplicationCommandOptionType.Attachment,
      name: `file${index + 1}`,
      description: 'A file that belongs to the brief',
    }),
  ),
])

const objectionOptions: APIApplicationCommandSubcommandOption['options'] = [
  {
    type: ApplicationCommandOptionType.String,
    name: 'what',
    description: 'To what; without it, what is on and off',
    choices: objectionSubjects.map((value) => ({ name: value, value })),
  },
  flag('all', 'For the whole account; owners only'),
]

const connectCommand = verb('connect', 'A link that brings another platform to this account; admins only', [
  {
    type: ApplicationCommandOptionType.String,
    name: 'platform',
    description: 'Which one',
    required: true,
    choices: (['slack', 'discord'] as const).map((value) => ({ name: platformNames[value], value })),
  },
])

const schedulesGroup = {
  type: ApplicationCommandOptionType.SubcommandGroup as const,
  name: 'schedules',
  description: 'Briefs that recur here',
  options: [
    verb('list', 'What recurs here, and when'),
    verb('pause', 'Let one rest; a run that is under way goes on', [schedule()]),
    verb('resume', 'Let one recur again', [schedule()]),
    verb('delete', 'Delete one; its jobs and their answers stay', [schedule()]),
  ],
}

function verb(
  name: string,
  description: string,
  options: APIApplicationCommandSubcommandOption['options'] = [],
): APIApplicationCommandSubcommandOption {
  return { type: ApplicationCommandOptionType.Subcommand, name, description, options }
}

function job(description: string, required = false): APIApplicationCommandStringOption {
  const type = ApplicationCommandOptionType.String
  return { type, name: 'job', description, required, autocomplete: true }
}

function file(description: string): APIApplicationCommandStringOption {
  const type = ApplicationCommandOptionType.String
  return { type, name: 'file', description, required: true, autocomplete: true }
}

function schedule(): APIApplicationCommandStringOption {
  const type = ApplicationCommandOptionType.String
  return { type, name: 'schedule', description: 'Which one', required: true, autocomplete: true }
}

function flag(name: string, description: string): APIApplicationCommandBooleanOption {
  return { type: ApplicationCommandOptionType.Boolean, name, description }
}
