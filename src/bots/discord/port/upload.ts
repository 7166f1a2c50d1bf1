import { buffer } from 'node:stream/consumers'
import { type APIMessageTopLevelComponent, ComponentType, type RawFile } from 'discord.js'
import type { AnswerFile } from '../../../core/chat.ts'
import { toLoomError } from '../../../core/errors.ts'
import { shortened } from '../../words/cut.ts'
import { textDisplay } from '../render/elements.ts'
import { fitsUpload } from '../render/files.ts'
import { discordLine, escaped } from '../render/harmless.ts'
import { limits } from '../render/limits.ts'
import { parts } from './marks.ts'
import { postPart, type Refused, type Sending } from './post-parts.ts'
import type { Posted } from './ref.ts'

/** What Discord stated of one file, where it did; told where it takes less than that. */
export interface UploadLimit {
  bytes?: number | undefined
  refused?: () => void
}

/** The files that can be uploaded, in as many groups as there are messages of them; the same ones on every try. */
export function uploadGroups(files: readonly AnswerFile[], uploadBytes: number): AnswerFile[][] {
  const groups: AnswerFile[][] = []
  let bytes = 0
  for (const file of files.filter((each) => each.read && fitsUpload(each, uploadBytes))) {
    const group = groups.at(-1)
    const fits = group && group.length < limits.filesPerMessage && bytes + file.bytes <= limits.requestBytes
    if (fits) group.push(file)
    else groups.push([file])
    bytes = fits ? bytes + file.bytes : file.bytes
  }
  return groups
}

/**
 * Puts the files into the thread, a message for each group; those that are there already are left, and so is a file
 * whose bytes are gone. Answers the first refusal; one for size after all that is small enough.
 */
export async function uploadAll(
  sending: Sending,
  input: { groups: readonly AnswerFile[][]; title: string; limit: UploadLimit },
): Promise<Posted[] | Refused> {
  const posted: Posted[] = []
  let tooLarge: Refused | undefined
  for (const [index, group] of input.groups.entries()) {
    const part = `${parts.files}${index}`
    const upload = (files: readonly AnswerFile[]) =>
      sending.fewAtOnce(() => uploadGroup(sending, part, { group: files, title: input.title }))
    let sent = sending.progress.parts.get(part) ?? (await upload(group))
    if (sent && 'fault' in sent && sent.fault.error.kind === 'too_large') {
      tooLarge = sent
      input.limit.refused?.()
      // What every server takes goes without what this one might have taken.
      const small = group.filter(({ bytes }) => bytes <= limits.uploadBytes)
      sent = small.length > 0 && small.length < group.length ? await upload(small) : undefined
    }
    if (!sent) continue
    if ('fault' in sent) return sent
    posted.push(sent)
  }
  return tooLarge ?? posted
}

async function uploadGroup(
  sending: Sending,
  part: string,
  { group, title }: { group: readonly AnswerFile[]; title: string },
): Promise<Posted | Refused | undefined> {
  const names = uploadNames(group)
  const files: RawFile[] = []
  const descriptions: string[] = []
  const pictures: string[] = []
  for (const [index, file] of group.entries()) {
    const data = await bytesOf(file)
    const name = names[index]
    if (!data || name === undefined) continue
    files.push({ name, data, contentType: file.mediaType })
    descriptions.push(shortened(discordLine(file.path), 500))
    if (isPicture(file)) pictures.push(name)
  }
  if (files.length === 0) return undefined
  const lead = textDisplay(`-# ${escaped(filesWords(title), { startsLine: false })}`)
  const others = files.map(({ name }) => name).filter((name) => !pictures.includes(name))
  const gallery: APIMessageTopLevelComponent = {
    type: ComponentType.MediaGallery,
    items: pictures.map((name) => ({ media: { url: `attachment://${name}` } })),
  }
  const components: APIMessageTopLevelComponent[] = [
    lead,
    ...(pictures.length > 0 ? [gallery] : []),
    ...others.map((name) => ({ type: ComponentType.File as const, file: { url: `attachment://${name}` } })),
  ]
  return postPart(sending, part, { components, files, descriptions })
}

function filesWords(title: string): string {
  const words = shortened(discordLine(title), 100)
  return words === '' ? 'Files of the answer above' : `Files of “${words}”`
}

async function bytesOf({ read }: AnswerFile): Promise<Buffer | undefined> {
  try {
    return read && (await buffer(await read()))
  } catch (thrown) {
    const error = toLoomError(thrown)
    if (error.kind === 'not_found') return undefined
    throw error
  }
}

/** What Discord shows as it is. */
function isPicture({ mediaType }: AnswerFile): boolean {
  return /^image\/(?:png|jpeg|gif|webp)$/u.test(mediaType)
}

/** Names that Discord does not change, since a component names its file: letters, digits and `._-`, each once. */
function uploadNames(files: readonly AnswerFile[]): string[] {
  const taken = new Set<string>()
  return files.map(({ path }) => {
    const base = discordLine(path).split('/').at(-1) ?? ''
    const plain = base
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .replaceAll(/[^\w.-]+/gu, '_')
    const name = plain.replace(/^[._]+/u, '').slice(-80) || 'file'
    const free = taken.has(name) ? `${taken.size + 1}-${name}` : name
    taken.add(free)
    return free
  })
}
