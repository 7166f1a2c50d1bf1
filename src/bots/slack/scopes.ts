/** What Loom asks of a workspace, and what for: the manifest, the install link and the docs say the same. */
export const scopes = [
  ['app_mentions:read', 'to hear when somebody calls @Loom'],
  ['assistant:write', 'to stand in the agent pane: its status there, its stop button'],
  ['channels:history', 'to read the thread it is called into, in public channels'],
  ['groups:history', 'the same in private channels that it was invited to'],
  ['im:history', 'to read what is said to it directly'],
  ['mpim:history', 'to read the thread it is called into, in group messages'],
  [
    'channels:read',
    'to see whether a message that a thread links to stands in a public channel, and that a channel was deleted',
  ],
  [
    'groups:read',
    'to know the private channels that it was invited to, with whom they are shared, and that one was deleted',
  ],
  [
    'chat:write',
    'to answer: the run card, questions, the answer; to take that away if an account is deleted and its owner wishes so',
  ],
  ['commands', 'for /loom and the shortcut "Take this thread"'],
  ['files:read', 'to fetch the files of a thread'],
  ['files:write', 'to put the files of an answer into the thread, and to take them away in the same case'],
  ['metadata.message:read', 'to find its own messages again, so that none is posted twice'],
  ['reactions:read', 'to see the reaction that means "take this thread"'],
  ['users:read', 'to call people by their names, and to know who is an admin'],
] as const

export const scopeNames: readonly string[] = scopes.map(([name]) => name)

/** What an installation was not given of what Loom asks for. */
export function missingScopes(given: readonly string[]): string[] {
  return scopeNames.filter((name) => !given.includes(name))
}
