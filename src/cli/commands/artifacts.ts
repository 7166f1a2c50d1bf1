import { starWords } from '../../bots/desk/star.ts'
import { revokeLinks, starArtifact, unstarArtifact } from '../../storage/artifacts/change.ts'
import { findArtifact } from '../../storage/artifacts/find.ts'
import { type Command, idFrom, notFound } from './command.ts'

const change = (name: string, help: string, done: string, verb: typeof starArtifact): Command => ({
  name,
  usage: `${name} FILE`,
  help,
  async run({ context, store }, words) {
    const artifactId = idFrom(words, 0, 'file')
    if (!(await verb(store, context, { artifactId }))) throw notFound('file')
    return done
  },
})

export const artifactCommands: readonly Command[] = [
  {
    name: 'link',
    usage: 'link FILE',
    help: 'a new link to a file, good for 15 minutes while npm start runs',
    async run({ context, parts, store }, words) {
      const artifactId = idFrom(words, 0, 'file')
      const found = await findArtifact(store, context, { artifactId, issuedAtMs: Date.now() })
      if (!found) throw notFound('file')
      return parts.links.sign({ tenantId: context.tenantId, artifactId })
    },
  },
  change('revoke', 'close every link to a file made so far', 'Its links no longer open.', revokeLinks),
  change('star', 'keep a file beyond its 90 days', starWords.starred, starArtifact),
  change('unstar', 'let a file go 90 days after it was written', starWords.unstarred, unstarArtifact),
]
