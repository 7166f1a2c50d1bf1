/** The few elements of which the pages of this room are made. Everything that is handed in is text and is escaped. */

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

export function paragraph(text: string, look?: 'dim' | 'dim wide'): string {
  return `<p${look ? ` class="${look}"` : ''}>${escaped(text)}</p>`
}

export function list(items: readonly string[]): string {
  return `<ul>\n${items.map((item) => `<li>${escaped(item)}</li>`).join('\n')}\n</ul>`
}

/** On a narrow screen each row stands as a block of its own, its cells named by their heads. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((word) => `<th scope="col">${escaped(word)}</th>`).join('')
  const body = rows
    .map((row) => {
      const cells = row.map((cell, at) => `<td data-head="${escaped(heads[at] ?? '')}">${escaped(cell)}</td>`)
      return `<tr>${cells.join('')}</tr>`
    })
    .join('\n')
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>`
}

/** `parts` are elements. */
export function section(title: string, parts: readonly string[]): string {
  return `<section>\n<h2>${escaped(title)}</h2>\n${parts.join('\n')}\n</section>`
}
