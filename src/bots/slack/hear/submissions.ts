import type { App, Context, SlackViewMiddlewareArgs, ViewSubmitAction } from '@slack/bolt'
import { toLoomError } from '../../../core/errors.ts'
import { answer } from '../../desk/answer.ts'
import { adjustCap, parseCap } from '../../desk/cap.ts'
import { sentenceOf } from '../../desk/sentence.ts'
import { changeSettings, settingsOf } from '../../desk/settings.ts'
import { inTime } from '../../in-time.ts'
import { recordOf, textOf } from '../read/loose.ts'
import type { Hearing } from './deps.ts'
import { type About, form, forms, readAbout, textIn } from './forms.ts'
import { tell } from './reply.ts'
import { savedSettings, settingsWish } from './settings-form.ts'
import { isExternal } from './shortcut.ts'
import { takeThread } from './take.ts'
import { actingOf, type Client, clientOf, type SlackActing } from './who.ts'
import { plainSections } from './words.ts'

type Response = Parameters<SlackViewMiddlewareArgs<ViewSubmitAction>['ack']>[0]

interface Sent {
  acting: SlackActing
  client: Client
  context: Context
  about: About
  values: unknown
  viewId: string
}

/** What a form does once it is sent: nothing is answered where it closes. Throws `LoomError` for the person. */
type Effect = (deps: Hearing, sent: Sent) => Promise<Response | undefined>

interface Form {
  callbackId: string
  /** Under which field a word about what was written stands; by what it is about. */
  field: (thrown: unknown) => string
  effect: Effect
}

export function hearSubmissions(app: App, deps: Hearing): void {
  for (const one of sendable) {
    app.view(one.callbackId, async ({ ack, body, context, view }) => {
      if (body.type !== 'view_submission') return ack()
      const client = await clientOf(deps, context)
      const about = readAbout(view.private_metadata)
      const { id: userId, team_id: userTeam } = body.user
      const who = { client, context, userId, userTeam, channel: about.channel, threadTs: about.threadTs }
      const send = async (): Promise<Response | undefined> => {
        const acting = await actingOf(deps, who)
        return one.effect(deps, {
          acting,
          client,
          context,
          about,
          values: view.state.values,
          viewId: view.id,
        })
      }
      const work = send().catch((thrown: unknown) => refusal(deps, one, thrown))
      const ended = await inTime(work)
      if (ended !== 'late') return ack(ended.value)
      await ack()
      const late = recordOf(await work)
      const word = Object.values(recordOf(late.errors)).map(textOf).join(' ') || textOf(late.word)
      if (word !== '') await tell(deps, { client, userId, ...about }, word)
    })
  }
}

const sendable: readonly Form[] = [
  {
    callbackId: forms.cap,
    field: () => 'amount',
    effect: async (deps, { about, acting, values }) => {
      const { changed, text } = await adjustCap(deps, acting, {
        jobId: about.j ?? '',
        amount: textIn(values, 'amount'),
      })
      // The card shows what changed. A form that closes over nothing would look as if it had.
      return changed && about.channel !== undefined ? undefined : said(text)
    },
  },
  {
    callbackId: forms.answer,
    field: () => 'answer',
    effect: async (deps, { about, acting, values }) => {
      const asked = { jobId: about.j ?? '', questionId: about.q ?? '' }
      const reply = await answer(deps, acting, { ...asked, said: { text: textIn(values, 'answer') } })
      return reply.changed ? undefined : said(reply.text)
    },
  },
  {
    callbackId: forms.take,
    field: (thrown) => (/amount|cap/i.test(toLoomError(thrown).message) ? 'cap' : 'words'),
    effect: async (deps, { about, acting, client, values, viewId }) => {
      const { channel = '', threadTs = '' } = about
      const amount = textIn(values, 'cap').trim()
      const cap = amount === '' ? {} : { capMicroUsd: await parseCap(deps, acting, amount) }
      await takeThread(deps, acting, {
        ...{ channel, threadTs, ...cap },
        key: `slack:${acting.place.externalId}:form:${viewId}`,
        text: textIn(values, 'words'),
        external: await isExternal(client, channel),
      })
      return undefined
    },
  },
  {
    callbackId: forms.settings,
    field: (thrown) => (/reaction/i.test(toLoomError(thrown).message) ? 'reaction' : 'cap_amount'),
    effect: async (deps, { acting, context, values }) => {
      await changeSettings(deps, acting, settingsWish(values))
      deps.forget({ teamId: context.teamId, enterpriseId: context.enterpriseId })
      return { response_action: 'update', view: savedSettings(await settingsOf(deps, acting)) }
    },
  },
]

/** What was written wrong stands under its field; everything else takes the place of the form. */
function refusal(deps: Hearing, one: Form, thrown: unknown): Response {
  const sentence = sentenceOf(deps, thrown, { form: one.callbackId })
  const { kind } = toLoomError(thrown)
  if (kind === 'invalid_input' || kind === 'too_large') {
    return { response_action: 'errors', errors: { [one.field(thrown)]: sentence } }
  }
  return said(sentence)
}

function said(text: string): Response {
  return {
    response_action: 'update',
    view: form({ title: 'Loom', about: {}, blocks: plainSections(text) }),
  }
}
