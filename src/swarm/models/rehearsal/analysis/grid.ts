/** A column as a dictionary: each distinct value once, and per row the number of its value. */
export type GridColumn = {
  readonly name: string
  readonly values: string[]
  readonly counts: number[]
  readonly codes: Int32Array
}

export type Grid = { readonly columns: readonly GridColumn[]; readonly rows: number }

export type GridBuilder = {
  /** False when the bound on distinct values is reached: the row is not taken, and no more will be. */
  addRow(cells: readonly string[]): boolean
  finish(): Grid
}

const MOST_DISTINCT = 4_000_000
const FIRST_ROWS = 1_024

export function createGrid(names: readonly string[]): GridBuilder {
  const columns = names.map((name) => ({
    name,
    known: new Map<string, number>(),
    values: [] as string[],
    counts: [] as number[],
    codes: new Int32Array(FIRST_ROWS),
  }))
  let rows = 0
  let distinct = 0
  return {
    addRow(cells) {
      if (distinct > MOST_DISTINCT) return false
      for (let index = 0; index < columns.length; index += 1) {
        const column = columns[index]
        if (!column) continue
        const cell = cells[index]?.trim() ?? ''
        let code = column.known.get(cell)
        if (code === undefined) {
          code = column.values.length
          column.known.set(cell, code)
          column.values.push(cell)
          column.counts.push(0)
          distinct += 1
        }
        column.counts[code] = (column.counts[code] ?? 0) + 1
        if (rows === column.codes.length) column.codes = grown(column.codes)
        column.codes[rows] = code
      }
      rows += 1
      return true
    },
    finish: () => ({
      rows,
      columns: columns.map(({ name, values, counts, codes }) => ({
        name,
        values,
        counts,
        codes: codes.subarray(0, rows),
      })),
    }),
  }
}

function grown(codes: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(codes.length * 2)
  larger.set(codes)
  return larger
}

/** Rows that repeat an earlier row in every cell. A hash finds the candidates, the cells decide. */
export function countDuplicateRows({ columns, rows }: Grid): number {
  if (columns.length === 0) return 0
  const lastWithHash = new Map<number, number>()
  const earlier = new Int32Array(rows).fill(-1)
  let duplicates = 0
  for (let row = 0; row < rows; row += 1) {
    let hash = 0
    for (const { codes } of columns) hash = (Math.imul(hash, 31) + (codes[row] ?? 0) + 0x9e3779b9) | 0
    let other = lastWithHash.get(hash) ?? -1
    while (other >= 0 && !sameRow(columns, row, other)) other = earlier[other] ?? -1
    if (other >= 0) {
      duplicates += 1
      continue
    }
    earlier[row] = lastWithHash.get(hash) ?? -1
    lastWithHash.set(hash, row)
  }
  return duplicates
}

function sameRow(columns: readonly GridColumn[], a: number, b: number): boolean {
  return columns.every(({ codes }) => codes[a] === codes[b])
}
