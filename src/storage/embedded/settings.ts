/**
 * The server's settings, given on its command line at every start, so that a newer Loom's settings reach an older
 * database.
 */
export function serverSettings(port: number): string[] {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '128MB',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...quietLog,
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/**
 * Keeps what people wrote out of the server's log. Statements quote it, and so do the sentences of errors ("invalid
 * input syntax for type integer: …") and their details ("Key (email)=(…) already exists"): the log holds the server's
 * own life and no client's errors, which reach the client anyway.
 */
const quietLog = {
  logging_collector: 'off',
  log_destination: 'stderr',
  log_statement: 'none',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_min_duration_statement: '-1',
  log_error_verbosity: 'terse',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
}
