import { getTableName, is } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { describe, expect, it } from 'vitest'
import * as schema from '../../src/storage/schema/index.ts'
import { describeEachServer } from '../support/store.ts'
import { useBed } from './support/bed.ts'

const tenantPolicy = '(tenant_id = ( SELECT loom.current_tenant() AS current_tenant))'
const crossing: readonly string[] = schema.crossingTables
const all = Object.values(schema).filter((value) => is(value, PgTable))
const definitions = all.filter((table) => getTableConfig(table).schema === 'loom')
const tenantTables = definitions
  .map((table) => getTableName(table))
  .filter((name) => !crossing.includes(name))
const groupRoles = ['loom_owner', 'loom_app', 'loom_worker', 'loom_purge', 'loom_dump', 'loom_queue']

describeEachServer('the catalog', (server) => {
  const bed = useBed(server)

  const tables = () =>
    bed().admin`
      select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced, r.rolname as owner
      from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles r on r.oid = c.relowner
      where n.nspname = 'loom' and c.relkind in ('r', 'p', 'f') order by 1`
  const columns = () =>
    bed().admin`
      select table_name as table, column_name as column, data_type as type, udt_name as udt,
             is_nullable = 'YES' as nullable, column_default as default
      from information_schema.columns where table_schema = 'loom' order by 1, ordinal_position`
  const constraints = () =>
    bed().admin`
      select c.relname as table, k.conname as name, k.contype as type, f.relname as target,
             (select array_agg(a.attname::text order by p.place) from unnest(k.conkey) with ordinality as p (num, place)
              join pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.num) as columns,
             (select array_agg(a.attname::text order by p.place) from unnest(k.confkey) with ordinality as p (num, place)
              join pg_attribute a on a.attrelid = k.confrelid and a.attnum = p.num) as target_columns
      from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
      left join pg_class f on f.oid = k.confrelid where n.nspname = 'loom' order by 1, 2`
  const may = async (role: string, table: string, privilege: string): Promise<boolean> => {
    const [row] = await bed()
      .admin`select has_table_privilege(${role}, ${`loom.${table}`}, ${privilege}) as may`
    return row?.may === true
  }

  describe('what belongs to the installation', () => {
    it('stands in a schema of its own: limits of providers, how far the ledger was followed, what nights came to, the policy’s versions, and nothing else', async () => {
      expect(all.filter((table) => !definitions.includes(table)).map(getTableName)).toEqual([
        'ledger_position',
        'policy_runs',
        'policy_versions',
        'provider_limits',
      ])
      const found = await bed().admin`
        select table_name as table, column_name as column, data_type as type
        from information_schema.columns where table_schema = 'loom_shared' order by table_name, ordinal_position`
      expect(found.map(({ column, table, type }) => `${table}.${column} ${type}`)).toEqual([
        'ledger_position.name text',
        'ledger_position.seq bigint',
        'ledger_position.hash bytea',
        'ledger_position.created_at timestamp with time zone',
        'policy_runs.id uuid',
        'policy_runs.kind text',
        'policy_runs.night text',
        'policy_runs.ended_at timestamp with time zone',
        'policy_runs.ok boolean',
        'policy_runs.result jsonb',
        'policy_runs.created_at timestamp with time zone',
        'policy_versions.number integer',
        'policy_versions.effective text',
        'policy_versions.fingerprint text',
        'policy_versions.changes jsonb',
        'policy_versions.announced_at timestamp with time zone',
        'policy_versions.listed_at timestamp with time zone',
        'policy_versions.told_at timestamp with time zone',
        'policy_versions.counts jsonb',
        'policy_versions.in_force_at timestamp with time zone',
        'policy_versions.created_at timestamp with time zone',
        'provider_limits.bucket text',
        'provider_limits.kind text',
        'provider_limits.capacity double precision',
        'provider_limits.per_second double precision',
        'provider_limits.level double precision',
        'provider_limits.as_of timestamp with time zone',
        'provider_limits.created_at timestamp with time zone',
      ])
    })

    it('is written by those whose it is: limits by workers, the ledger’s position and versions by the app', async () => {
      const grants = await bed().admin`
        select table_name || ': ' || grantee || ' ' || string_agg(privilege_type, ',' order by privilege_type) as granted
        from information_schema.role_table_grants
        where table_schema = 'loom_shared' and grantee <> 'loom_owner' group by table_name, grantee order by 1`
      expect(grants.map((row) => row.granted)).toEqual([
        'ledger_position: loom_app INSERT,SELECT,UPDATE',
        'ledger_position: loom_dump SELECT',
        'ledger_position: loom_purge SELECT',
        'ledger_position: loom_worker SELECT',
        'policy_runs: loom_app SELECT',
        'policy_runs: loom_dump SELECT',
        'policy_runs: loom_purge DELETE,INSERT,SELECT,UPDATE',
        'policy_versions: loom_app INSERT,SELECT,UPDATE',
        'policy_versions: loom_dump SELECT',
        'policy_versions: loom_purge SELECT',
        'policy_versions: loom_worker SELECT',
        'provider_limits: loom_dump SELECT',
        'provider_limits: loom_purge DELETE,SELECT',
        'provider_limits: loom_worker DELETE,INSERT,SELECT,UPDATE',
      ])
    })
  })

  describe('the wall between tenants', () => {
    it('stands at every table of the schema that is not on the closed list', async () => {
      const found = await tables()
      expect(found.map((row) => row.name).sort()).toEqual([...tenantTables, ...crossing].sort())
      for (const row of found) {
        const outside = crossing.includes(row.name)
        expect({ ...row }).toEqual({
          name: row.name,
          enabled: !outside,
          forced: !outside,
          owner: 'loom_owner',
        })
      }
    })

    it('is the one policy for reading and writing, beside dump and purge, and time only closes it further', async () => {
      // Names are shown with their schema only where the search path does not find them.
      const policies = await bed().admin.begin(async (sql) => {
        await sql`set local search_path = pg_catalog`
        return sql`
          select tablename as table, policyname as name, permissive, roles::text as roles, cmd, qual, with_check
          from pg_policies where schemaname = 'loom' order by 1, 2`
      })
      // By which days is compared with the policy's table (retention/catalog).
      const timed = policies.filter(({ name }) => ['kept', 'expired', 'listed'].includes(name))
      for (const { cmd, name, permissive, roles, table } of timed) {
        const shape = {
          kept: 'RESTRICTIVE SELECT {loom_app,loom_worker}',
          expired: 'PERMISSIVE ALL {loom_purge}',
          listed: 'PERMISSIVE SELECT {loom_purge}',
        }[String(name)]
        expect([table, `${permissive} ${cmd} ${roles}`]).toEqual([table, shape])
      }
      expect(timed.filter(({ name }) => name === 'listed').map(({ table }) => table)).toEqual(['tenants'])
      const expected = [...tenantTables].sort().flatMap((table) => [
        {
          table,
          name: 'dump',
          permissive: 'PERMISSIVE',
          roles: '{loom_dump}',
          cmd: 'SELECT',
          qual: 'true',
          with_check: null,
        },
        {
          table,
          name: 'tenant',
          permissive: 'PERMISSIVE',
          roles: '{public}',
          cmd: 'ALL',
          qual: tenantPolicy,
          with_check: tenantPolicy,
        },
      ])
      const others = policies.filter((row) => !timed.includes(row))
      expect(others.map((row) => ({ ...row }))).toEqual(expected)
    })

    it('has a required tenant_id of type uuid in every table', async () => {
      const found = (await columns()).filter((row) => row.column === 'tenant_id')
      expect(found.map((row) => row.table)).toEqual([...tenantTables, ...crossing].sort())
      for (const row of found) expect(row).toMatchObject({ type: 'uuid', nullable: false, default: null })
    })

    it('is kept by every key and every unique index of a tenant table', async () => {
      const unique = await bed().admin`
        select c.relname as table, i.indexrelid::regclass::text as name, i.indisprimary as primary, a.attname as first
        from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
        left join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
        where n.nspname = 'loom' and i.indisunique`
      const own = unique.filter((row) => !crossing.includes(row.table))
      expect(own.filter((row) => row.first !== 'tenant_id')).toEqual([])
      const keyed = own.filter((row) => row.primary).map((row) => row.table)
      expect(keyed.sort()).toEqual([...tenantTables].sort())
    })

    it('is kept by every foreign key: tenant_id points to tenant_id, and nothing leaves the tenant tables', async () => {
      const keys = (await constraints()).filter((row) => row.type === 'f')
      expect(keys.length).toBeGreaterThan(30)
      for (const row of keys) {
        expect(crossing, `${row.name}`).not.toContain(row.table)
        expect(tenantTables, `${row.name}`).toContain(row.target)
        expect([row.columns[0], row.target_columns[0]], `${row.name}`).toEqual(['tenant_id', 'tenant_id'])
      }
    })
  })

  describe('the closed list', () => {
    it('is exactly directory, ready tasks, due deliveries and timers', () => {
      expect([...crossing]).toEqual(['directory', 'ready_tasks', 'due_deliveries', 'timers'])
    })

    it('has no column that could hold content', async () => {
      const words = ['kind', 'lane', 'platform']
      const allowed: Record<string, (column: string) => boolean> = {
        uuid: () => true,
        'timestamp with time zone': () => true,
        integer: () => true,
        bigint: () => true,
        text: (column) => words.includes(column),
        bytea: (column) => /(^|_)hash$/.test(column),
      }
      const found = (await columns()).filter((row) => crossing.includes(row.table))
      expect(found.length).toBeGreaterThan(20)
      expect(found.filter((row) => !allowed[row.type]?.(row.column))).toEqual([])
    })
  })

  describe('columns', () => {
    it('give no id by a sequence or a default, which would tell how many rows there are', async () => {
      const found = await columns()
      expect(found.filter((row) => row.type === 'uuid' && row.default !== null)).toEqual([])
      expect(found.filter((row) => /nextval|identity/i.test(row.default ?? ''))).toEqual([])
      const sequences = await bed().admin`
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'loom' and c.relkind = 'S'`
      expect(sequences).toHaveLength(0)
    })

    it('are bytes where they are sealed or hashed', async () => {
      const found = (await columns()).filter((row) => /_(sealed|hash)$/.test(row.column))
      expect(found.length).toBeGreaterThan(30)
      expect(found.filter((row) => row.type !== 'bytea')).toEqual([])
    })

    it('tell in every table when the row was made', async () => {
      const found = (await columns()).filter((row) => row.column === 'created_at')
      expect(found.map((row) => row.table)).toEqual([...tenantTables, ...crossing].sort())
      for (const row of found) {
        expect(row).toMatchObject({ type: 'timestamp with time zone', nullable: false, default: 'now()' })
      }
    })

    it('hold nothing sealed in usage, and only address and user agent in the audit log', async () => {
      const found = (await columns()).filter((row) => row.type === 'bytea')
      const of = (table: string) => found.filter((row) => row.table === table).map((row) => row.column)
      expect(of('usage_events')).toEqual([])
      expect(of('audit_log')).toEqual(['address_sealed', 'user_agent_sealed'])
    })

    it('are the same in the code and in the migrations', async () => {
      const there = await columns()
      const types: Record<string, string> = { 'timestamp with time zone': 'timestamptz', bigint: 'int8' }
      const udt = (type: string) =>
        types[type] ?? { integer: 'int4', boolean: 'bool', 'text[]': '_text' }[type] ?? type
      const inCode = definitions.flatMap((table) => {
        const config = getTableConfig(table)
        expect(config.schema).toBe('loom')
        return config.columns.map((column) => ({
          table: config.name,
          column: column.name,
          udt: udt(column.getSQLType()),
          nullable: !column.notNull,
          defaults: column.hasDefault,
        }))
      })
      const inDatabase = there.map((row) => ({
        table: row.table,
        column: row.column,
        udt: row.udt,
        nullable: row.nullable,
        defaults: row.default !== null,
      }))
      const byName = (a: { table: string; column: string }, b: { table: string; column: string }) =>
        `${a.table}.${a.column}` < `${b.table}.${b.column}` ? -1 : 1
      expect(inDatabase.sort(byName)).toEqual(inCode.sort(byName))
    })

    it('have the same checks, foreign keys and unique constraints in the code and in the migrations', async () => {
      const there = await constraints()
      const count = (type: string) => there.filter((row) => row.type === type).length
      const configs = definitions.map((table) => getTableConfig(table))
      const names = (type: string) => there.filter((row) => row.type === type).map((row) => row.name)
      expect(names('c').sort()).toEqual(
        configs.flatMap((config) => config.checks.map((item) => item.name)).sort(),
      )
      expect(names('u').sort()).toEqual(
        configs.flatMap((config) => config.uniqueConstraints.map((item) => item.name)).sort(),
      )
      expect(count('f')).toBe(configs.flatMap((config) => config.foreignKeys).length)
      expect(count('p')).toBe(configs.length)
    })
  })

  describe('roles', () => {
    it('are groups that nobody logs in as, and that no wall opens for', async () => {
      const found = await bed().admin`
        select rolname as name, rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as too_much
        from pg_roles where rolname like 'loom\\_%' order by 1`
      const known = found.filter((row) => groupRoles.includes(row.name))
      expect(known.map((row) => row.name)).toEqual([...groupRoles].sort())
      expect(known.filter((row) => row.too_much)).toEqual([])
    })

    it('are not members of each other', async () => {
      const found = await bed().admin`
        select m.member::regrole::text as member, m.roleid::regrole::text as role from pg_auth_members m
        where m.member::regrole::text = any(${groupRoles})`
      expect(found).toHaveLength(0)
    })

    it('own nothing but as the owner: tables, functions and the schema itself', async () => {
      const owners = await bed().admin`
        select distinct r.rolname as name from pg_roles r where r.oid in (
          select relowner from pg_class where relnamespace = 'loom'::regnamespace
          union select proowner from pg_proc where pronamespace = 'loom'::regnamespace
          union select nspowner from pg_namespace where nspname = 'loom')`
      expect(owners.map((row) => row.name)).toEqual(['loom_owner'])
    })
  })

  describe('doors beside the wall', () => {
    it('are not there: no function runs as its owner', async () => {
      const found = await bed().admin`
        select p.proname, p.prosecdef from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'loom'`
      expect(found.map((row) => row.proname).sort()).toEqual([
        'clock',
        'current_tenant',
        'enter',
        'expect',
        'isolate',
        'retain',
      ])
      expect(found.filter((row) => row.prosecdef)).toEqual([])
    })

    it('are not there: no view, rule or trigger that would act as its owner', async () => {
      const views = await bed().admin`
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'loom' and c.relkind in ('v', 'm')
          and not coalesce('security_invoker=true' = any(c.reloptions) and c.relkind = 'v', false)`
      expect(views).toHaveLength(0)
      const triggers = await bed().admin`
        select tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
        where c.relnamespace = 'loom'::regnamespace and not t.tgisinternal`
      expect(triggers).toHaveLength(0)
    })

    it('are not there: nobody but the owner may put up or take down the wall', async () => {
      for (const role of groupRoles.filter((name) => name !== 'loom_owner')) {
        const [row] = await bed().admin`
          select has_function_privilege(${role}, 'loom.isolate(text)', 'execute') as isolate,
                 has_schema_privilege(${role}, 'loom', 'create') as create`
        expect({ role, ...row }).toEqual({ role, isolate: false, create: false })
      }
    })
  })

  describe('grants', () => {
    const all = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
    const read = ['SELECT']
    const write = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']
    /** What a role may do with a table; the rule first, then what departs from it. */
    const rules: Record<string, { tenant: string[]; crossing: string[]; but: Record<string, string[]> }> = {
      loom_app: {
        tenant: write,
        crossing: write,
        but: {
          audit_log: ['SELECT', 'INSERT'],
          usage_events: ['SELECT', 'INSERT'],
          tombstones: ['SELECT', 'INSERT', 'UPDATE'],
        },
      },
      loom_worker: {
        tenant: write,
        crossing: write,
        but: {
          audit_log: ['SELECT', 'INSERT'],
          usage_events: ['SELECT', 'INSERT'],
          tombstones: ['SELECT', 'INSERT', 'UPDATE'],
          installations: [],
          members: [],
          provider_keys: ['SELECT'],
          directory: [],
        },
      },
      loom_purge: {
        tenant: ['SELECT', 'UPDATE', 'DELETE'],
        crossing: ['SELECT', 'DELETE'],
        but: {
          tombstones: ['SELECT', 'UPDATE'],
          audit_log: ['SELECT', 'DELETE'],
          usage_events: ['SELECT', 'DELETE'],
        },
      },
      loom_dump: { tenant: read, crossing: read, but: {} },
      loom_queue: { tenant: [], crossing: [], but: {} },
    }

    it.each(Object.entries(rules))('give %s exactly what it has business with', async (role, rule) => {
      for (const table of [...tenantTables, ...crossing]) {
        const expected = rule.but[table] ?? (crossing.includes(table) ? rule.crossing : rule.tenant)
        const granted: string[] = []
        for (const privilege of all) if (await may(role, table, privilege)) granted.push(privilege)
        expect({ table, granted }).toEqual({ table, granted: expected })
      }
    })

    it('give the world nothing, and the queue not even the schema', async () => {
      const open = await bed().admin`
        select table_name, privilege_type from information_schema.role_table_grants
        where table_schema = 'loom' and grantee in ('PUBLIC', 'loom_queue')`
      expect(open).toHaveLength(0)
      const [row] = await bed().admin`select has_schema_privilege('loom_queue', 'loom', 'usage') as usage`
      expect(row?.usage).toBe(false)
      const perColumn = await bed().admin`
        select attname from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = 'loom'::regnamespace and a.attacl is not null`
      expect(perColumn).toHaveLength(0)
    })
  })
})
