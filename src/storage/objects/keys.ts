interface JobPrefix {
  tenantId: string
  jobId: string
}

/** Where a job's objects lie. One prefix per tenant, one per job: deleting either is deleting a prefix. */
export const objectKeys = {
  tenant: (tenantId: string) => `${tenantId}/`,
  job: ({ jobId, tenantId }: JobPrefix) => `${tenantId}/${jobId}`,
  blob: (prefix: JobPrefix, sha256: string) => `${objectKeys.job(prefix)}/blobs/${sha256}`,
}
