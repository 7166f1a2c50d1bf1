/** Short names for tasks, each once: `churn-january`, `churn-january-2`. */
export function createKeys(): (wish: string) => string {
  const taken = new Set<string>()
  return (wish) => {
    const base = slug(wish).slice(0, 34).replace(/-+$/, '') || 'task'
    let key = base
    for (let number = 2; taken.has(key); number += 1) key = `${base}-${number}`
    taken.add(key)
    return key
  }
}

function slug(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}

/** `inputs/churn-january.csv` as `Churn january`. */
export function titleFor(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const words =
    name
      .replace(/\.[^.]*$/, '')
      .replace(/[-_]+/g, ' ')
      .trim() || name
  const title = words.charAt(0).toUpperCase() + words.slice(1)
  return title.length > 40 ? `${title.slice(0, 39)}…` : title
}
