import { KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms'

/** A client that gives up: three seconds for a connection, five for an answer, four attempts in all. */
export function createKmsClient(input: {
  region: string
  endpoint?: string | undefined
  credentials?: KMSClientConfig['credentials']
}): KMSClient {
  return new KMSClient({
    region: input.region,
    maxAttempts: 4,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: 5_000,
      // An answer that begins and never ends would hold all who wait for the key.
      socketTimeout: 5_000,
      throwOnRequestTimeout: true,
    },
    ...(input.endpoint === undefined ? {} : { endpoint: input.endpoint }),
    ...(input.credentials === undefined ? {} : { credentials: input.credentials }),
  })
}
