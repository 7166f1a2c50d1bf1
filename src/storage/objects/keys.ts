interface JobPrefix {
  tenantId: string
  jobId: string
}

/** Where a job's objects lie. One prefix per tenant, one per job: deleting either is deleting a prefix. */
export const objectKeys = {
  tenant: (tenantId: string) => `${tenantId}/`,
  job: ({ jobId, tenantId }: JobPrefix) => `${tenantId}/${jobId}`,
  /** The ZIP of an export: inside the tenant's prefix, so that it goes with the tenant. */
  export: ({ exportId, tenantId }: { tenantId: string; exportId: string }) =>
    `${tenantId}/exports/${exportId}.zip`,
  blob: (prefix: JobPrefix, sha256: string) => `${objectKeys.job(prefix)}/blobs/${sha256}`,
}
