/** What Discord takes of one message of Components V2, with a little room: 40 components and 4,000 characters in all. */
export const limits = {
  text: 3_900,
  components: 38,
  /** What is longer in one piece is cut. */
  piece: 3_600,
  label: 80,
  option: 100,
  options: 25,
  buttonsPerRow: 5,
  url: 2_000,
  threadName: 100,
  /** An answer of more messages goes into a file. */
  messages: 4,
  filesPerMessage: 10,
  /** Of one file, where the server states nothing else; an empty one is refused too. */
  uploadBytes: 10 * 1024 * 1024,
  /** Of all files of one request, with room for what stands around them. */
  requestBytes: 24_000_000,
} as const
