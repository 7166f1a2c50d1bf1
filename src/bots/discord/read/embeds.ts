import type { EmbedShape, WordsShape } from './shape.ts'

/** What the embeds of a program's message say: alerts, tickets, the results of a poll. */
export function embedLines(embeds: readonly EmbedShape[]): string[] {
  return embeds.flatMap(linesOf)
}

function linesOf({ author, description, fields, footer, title, url }: EmbedShape): string[] {
  const lines = [
    author?.name,
    title && url && title !== url ? `${title} (${url})` : (title ?? url),
    description,
    ...fields.map(({ name, value }) => (name.trim() && value.trim() ? `${name}: ${value}` : name || value)),
    footer?.text,
  ]
  return lines.flatMap((line) => (line?.trim() ? line.split('\n') : []))
}

const mostDepth = 5

/** The words in components of another program: its texts, and where its buttons lead. */
export function componentLines(components: readonly unknown[], depth = 0): string[] {
  if (depth > mostDepth) return []
  return components.flatMap((component) => {
    if (typeof component !== 'object' || component === null) return []
    const { components: inner, content, label, url } = component as Record<string, unknown>
    return [
      ...(typeof content === 'string' && content.trim() !== '' ? content.split('\n') : []),
      ...(typeof url === 'string' ? [typeof label === 'string' ? `${label} (${url})` : url] : []),
      ...(Array.isArray(inner) ? componentLines(inner, depth + 1) : []),
    ]
  })
}

/** A poll, and stickers, in words. */
export function otherLines({ poll, sticker_items }: Pick<WordsShape, 'poll' | 'sticker_items'>): string[] {
  const answers = poll?.answers.flatMap(({ poll_media }) => (poll_media?.text ? [poll_media.text] : [])) ?? []
  return [
    ...(poll ? [`Poll: ${poll.question?.text ?? ''}`.trim(), ...answers.map((answer) => `- ${answer}`)] : []),
    ...sticker_items.map(({ name }) => `[sticker: ${name}]`),
  ]
}
