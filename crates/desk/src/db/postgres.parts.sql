-- Whatever is in the office's schema, or upon its tables: kind, name, of which table, and what it is. Kinds of constraints that some versions of the
-- server write down and others do not (NOT NULL) stand with their columns.
WITH here AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema()),
ours AS (SELECT c.* FROM pg_catalog.pg_class c JOIN here ON c.relnamespace = here.oid)
SELECT CAST(CASE relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                         WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table' WHEN 'c' THEN 'type' ELSE 'relation' END AS TEXT),
       CAST(relname AS TEXT), CAST(relname AS TEXT),
       CONCAT(relpersistence, ' ', relrowsecurity, ' ', relforcerowsecurity, ' ', relispartition)
  FROM ours WHERE relkind NOT IN ('i', 'I', 't')
UNION ALL
SELECT 'table column', CONCAT(ours.relname, '.', a.attname), CAST(ours.relname AS TEXT),
       CONCAT_WS(' ', pg_catalog.format_type(a.atttypid, a.atttypmod), co.collname, CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                 NULLIF(a.attidentity, ''), NULLIF(a.attgenerated, ''), 'DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid))
  FROM ours JOIN pg_catalog.pg_attribute a ON a.attrelid = ours.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
 WHERE ours.relkind = 'r'
UNION ALL
SELECT 'index', CAST(ours.relname AS TEXT), CAST(t.relname AS TEXT),
       CONCAT(x.indisvalid, ' ', pg_catalog.pg_get_indexdef(ours.oid, 0, true))
  FROM ours JOIN pg_catalog.pg_index x ON x.indexrelid = ours.oid JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
UNION ALL
SELECT 'constraint', CAST(k.conname AS TEXT), CAST(ours.relname AS TEXT), pg_catalog.pg_get_constraintdef(k.oid, true)
  FROM ours JOIN pg_catalog.pg_constraint k ON k.conrelid = ours.oid WHERE k.contype <> 'n'
UNION ALL
SELECT 'trigger', CAST(g.tgname AS TEXT), CAST(ours.relname AS TEXT), pg_catalog.pg_get_triggerdef(g.oid)
  FROM ours JOIN pg_catalog.pg_trigger g ON g.tgrelid = ours.oid
UNION ALL
SELECT 'rule', CAST(r.rulename AS TEXT), CAST(ours.relname AS TEXT), pg_catalog.pg_get_ruledef(r.oid)
  FROM ours JOIN pg_catalog.pg_rewrite r ON r.ev_class = ours.oid WHERE ours.relkind = 'r'
UNION ALL
SELECT 'policy', CAST(p.polname AS TEXT), CAST(ours.relname AS TEXT), ''
  FROM ours JOIN pg_catalog.pg_policy p ON p.polrelid = ours.oid
UNION ALL
SELECT 'table that inherits', CAST(c.relname AS TEXT), CAST(ours.relname AS TEXT), ''
  FROM ours JOIN pg_catalog.pg_inherits i ON ours.oid IN (i.inhparent, i.inhrelid) JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
UNION ALL
SELECT 'function', CAST(f.proname AS TEXT), '', '' FROM pg_catalog.pg_proc f JOIN here ON f.pronamespace = here.oid
UNION ALL
SELECT 'operator', CAST(o.oprname AS TEXT), '', '' FROM pg_catalog.pg_operator o JOIN here ON o.oprnamespace = here.oid
