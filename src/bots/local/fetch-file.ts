import { importFile } from '../../storage/objects/import-file.ts'
import type { FileFetcher } from '../gather.ts'

/** A file of this machine, named by the person at the terminal; `source` is its absolute path. */
export const fetchLocalFile: FileFetcher = ({ key, limitBytes, objects, signal, source }) =>
  importFile({ path: source, store: objects, key, limitBytes, signal })
