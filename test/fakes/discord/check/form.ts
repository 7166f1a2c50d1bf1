import type { z } from 'zod'
import { badForm, type FormFault } from '../api/refusal.ts'

/** What Discord takes, or 50035 with every fault at its place. */
export function parseForm<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
  at: readonly PropertyKey[] = [],
): z.output<Schema> {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw badForm(
    parsed.error.issues
      .flatMap((issue) => faultsOf(issue, given))
      .map((fault) => ({
        ...fault,
        path: [...at, ...fault.path],
      })),
  )
}

/** For a refinement: an issue with Discord's own code. */
export function fault(code: string, message: string, path: PropertyKey[] = []) {
  return { code: 'custom' as const, message, path, params: { code } }
}

type Issue = z.core.$ZodIssue

function faultsOf(issue: Issue, given: unknown): FormFault[] {
  const { path } = issue
  const one = (code: string, message: string): FormFault[] => [{ path, code, message }]
  switch (issue.code) {
    case 'custom':
      return one(String(issue.params?.code ?? 'BASE_TYPE_CONVERT'), issue.message)
    case 'invalid_type':
      return valueAt(given, path) === undefined
        ? one('BASE_TYPE_REQUIRED', 'This field is required')
        : one(...conversionOf(issue.expected))
    case 'too_big':
      return one(...tooBig(issue.origin, Number(issue.maximum)))
    case 'too_small':
      return one(...tooSmall(issue.origin, Number(issue.minimum)))
    case 'invalid_value':
      return valueAt(given, path) === undefined
        ? one('BASE_TYPE_REQUIRED', 'This field is required')
        : one('BASE_TYPE_CHOICES', `Value must be one of {${issue.values.map(String).join(', ')}}.`)
    case 'invalid_format':
      return one('STRING_TYPE_REGEX', 'String value did not match validation regex.')
    case 'invalid_union':
      return unionFaults(issue, given)
    case 'unrecognized_keys':
      // Discord lets many a strange field pass; a misspelled one has no effect there, and is a fault here.
      return issue.keys.map((key) => ({
        path: [...path, key],
        code: 'UNKNOWN_FIELD',
        message: 'Discord knows no such field',
      }))
    default:
      return one('BASE_TYPE_CONVERT', issue.message)
  }
}

function unionFaults(issue: Extract<Issue, { code: 'invalid_union' }>, given: unknown): FormFault[] {
  if (valueAt(given, issue.path) === undefined) {
    return [{ path: issue.path, code: 'BASE_TYPE_REQUIRED', message: 'This field is required' }]
  }
  return [
    {
      path: issue.path,
      code: 'UNION_TYPE_CHOICES',
      message: 'Value of field "type" is none of those that go here.',
    },
  ]
}

function conversionOf(expected: string): [string, string] {
  switch (expected) {
    case 'string':
      return ['STRING_TYPE_CONVERT', 'Could not interpret this as string.']
    case 'number':
    case 'int':
      return ['NUMBER_TYPE_COERCE', 'Value is not int.']
    case 'boolean':
      return ['BOOLEAN_TYPE_CONVERT', 'Must be either true or false.']
    case 'array':
      return ['LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType']
    default:
      return ['MODEL_TYPE_CONVERT', 'Only dictionaries may be used in a ModelType']
  }
}

function tooBig(origin: string, most: number): [string, string] {
  return origin === 'string' || origin === 'array'
    ? ['BASE_TYPE_MAX_LENGTH', `Must be ${most} or fewer in length.`]
    : ['NUMBER_TYPE_MAX', `int value should be less than or equal to ${most}.`]
}

function tooSmall(origin: string, least: number): [string, string] {
  return origin === 'string' || origin === 'array'
    ? ['BASE_TYPE_MIN_LENGTH', `Must be ${least} or more in length.`]
    : ['NUMBER_TYPE_MIN', `int value should be greater than or equal to ${least}.`]
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, step) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined,
    given,
  )
}
