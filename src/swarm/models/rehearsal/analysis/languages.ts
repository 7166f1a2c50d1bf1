export type Language = { name: string; line: readonly string[]; block?: readonly [string, string] }

const C_LIKE = { line: ['//'], block: ['/*', '*/'] as const }
const HASH = { line: ['#'] }

const LANGUAGES: readonly (readonly [readonly string[], Language])[] = [
  [['ts', 'tsx', 'mts', 'cts'], { name: 'TypeScript', ...C_LIKE }],
  [['js', 'jsx', 'mjs', 'cjs'], { name: 'JavaScript', ...C_LIKE }],
  [['py'], { name: 'Python', ...HASH }],
  [['rb'], { name: 'Ruby', ...HASH }],
  [['go'], { name: 'Go', ...C_LIKE }],
  [['rs'], { name: 'Rust', ...C_LIKE }],
  [['java'], { name: 'Java', ...C_LIKE }],
  [['kt', 'kts'], { name: 'Kotlin', ...C_LIKE }],
  [['swift'], { name: 'Swift', ...C_LIKE }],
  [['c', 'h'], { name: 'C', ...C_LIKE }],
  [['cpp', 'cc', 'cxx', 'hpp'], { name: 'C++', ...C_LIKE }],
  [['cs'], { name: 'C#', ...C_LIKE }],
  [['php'], { name: 'PHP', line: ['//', '#'], block: ['/*', '*/'] }],
  [['sh', 'bash', 'zsh'], { name: 'Shell', ...HASH }],
  [['sql'], { name: 'SQL', line: ['--'], block: ['/*', '*/'] }],
  [['css', 'scss'], { name: 'CSS', line: [], block: ['/*', '*/'] }],
  [['html', 'vue', 'svelte'], { name: 'HTML', line: [], block: ['<!--', '-->'] }],
  [['yaml', 'yml'], { name: 'YAML', ...HASH }],
  [['toml'], { name: 'TOML', ...HASH }],
  [['lua'], { name: 'Lua', line: ['--'] }],
  [['ex', 'exs'], { name: 'Elixir', ...HASH }],
  [['scala'], { name: 'Scala', ...C_LIKE }],
]

const BY_EXTENSION = new Map(
  LANGUAGES.flatMap(([extensions, language]) => extensions.map((one) => [one, language] as const)),
)

export function languageOf(extension: string): Language | undefined {
  return BY_EXTENSION.get(extension)
}
