package plan

import (
	"fmt"
	"slices"
	"strings"
)

// AsksNothing tells of a query that it reads no table of the database, as far
// as its text lets that be known: false is no proof of the opposite. What a
// check really read is known in the drill.
func AsksNothing(sql string) bool {
	m := MentionsOf(sql)
	return !m.Unsure && !slices.ContainsFunc(m.Tables, mayBeUsers) && !slices.ContainsFunc(m.Functions, mayRead)
}

// mayBeUsers is false for tables that everybody knows to be the server's own;
// whose sys.x or pg_x are, depends on the server and its version.
func mayBeUsers(n Name) bool {
	switch n.Schema {
	case "information_schema":
		return false
	case "", "pg_catalog":
		return !slices.Contains(catalogTables, n.Table)
	}
	return true
}

var catalogTables = strings.Fields(`pg_attribute pg_authid pg_class pg_constraint pg_database pg_extension pg_index pg_indexes pg_locks
	pg_matviews pg_namespace pg_proc pg_roles pg_settings pg_stat_activity pg_stat_all_tables pg_stat_database pg_stat_user_tables
	pg_tables pg_tablespace pg_trigger pg_type pg_user pg_views`)

// mayRead is false for functions that everybody knows to read no table.
func mayRead(function string) bool {
	return !strings.HasPrefix(function, "current_") && !slices.Contains(harmless, function)
}

var harmless = strings.Fields(`abs array_agg avg bool_and bool_or ceil char_length coalesce concat count date_trunc extract floor generate_series
	greatest inet_server_addr json_build_object least length lower max md5 min mod now nullif pg_is_in_recovery pg_postmaster_start_time
	position random round sqrt string_agg substring sum sysdate to_char to_timestamp trim unnest upper user version`)

// Warnings are what is allowed, and most likely not meant.
func (p Plan) Warnings() []Problem {
	v := &validator{plan: p}
	if len(p.Tags) > 0 && !p.Any(DrilledOnAWS) {
		v.problems = append(v.problems, Problem{Path: "tags", What: "nothing carries the tags", Why: "the plan has no database on AWS, and its hash holds them all the same",
			Hint: "remove them", OfKey: true})
	}
	v.madeTwice()
	for i, w := range p.Workloads {
		for j, d := range w.Databases {
			path := fmt.Sprintf("workloads[%d].databases[%d]", i, j)
			v.asksNothing(path+".checks", d)
			if d.Recovery == nil && w.Recovers() && w.RecoveredBy(d.Name) == "" && KindOf(d.Kind).Drillable {
				v.add(path, "no step recovers "+w.Name+"/"+d.Name, "a recovery of "+w.Name+" passes without it",
					"add a step under the workload's recovery.steps, for instance {name: "+d.Name+", kind: restore, database: "+d.Name+"}; or move it to a workload that declares no recovery")
			}
			if d.Recovery != nil && w.RecoveredBy(d.Name) == "" {
				v.problems = append(v.problems, Problem{
					Path: path + ".recovery", What: "no step recovers " + w.Name + "/" + d.Name, Why: "nothing is ever made of its target",
					Hint: "add a step under the workload's recovery.steps, for instance {name: " + d.Name + ", kind: restore, database: " + d.Name + "}", OfKey: true,
				})
			}
			if b := d.Backup; b != nil && b.Bucket != nil && b.Bucket.ObjectLock == ImmutabilityCompliance {
				v.add(path+".backup.bucket.objectLock", "compliance cannot be undone by anybody, AWS included", "each object then stays, and is paid for, until its retention ends", "try the plan with governance first")
			}
		}
	}
	return v.problems
}

// madeTwice warns of a database that steps of two workloads restore: what the one
// makes the other does not see.
func (v *validator) madeTwice() {
	first := map[string]string{}
	for i, w := range v.plan.Workloads {
		if !w.Recovers() || !w.OnAWS() {
			continue
		}
		for j, s := range w.Recovery.Steps {
			k := slices.IndexFunc(w.Databases, func(d Database) bool { return d.Name == s.Database })
			if k < 0 || !StepKindOf(s.Kind).Recovers {
				continue
			}
			source, id := strings.ToLower(w.Databases[k].folded().Source), w.Name+"/"+s.Name
			if other := first[source]; source != "" && other != "" {
				v.add(fmt.Sprintf("workloads[%d].recovery.steps[%d].database", i, j), fmt.Sprintf("%s and %s both recover %s", other, id, source),
					"a failover makes two databases of it, and what is written to one is not in the other", "let one workload recover it, and steps of the others come after "+other)
				continue
			}
			first[source] = id
		}
	}
}

// asksNothing warns where no gate check can read a table of the copy.
func (v *validator) asksNothing(path string, d Database) {
	if d.CustomCheck != nil {
		return // what it asks is not known here
	}
	gates := 0
	for _, c := range d.Checks {
		if c.Stage == StageProof {
			continue
		}
		if gates++; !AsksNothing(c.SQL) {
			return
		}
	}
	why := "they would pass on any server, with any backup"
	if gates == 0 {
		why = "there is none of stage gate"
	}
	v.add(path, "no gate check reads a table of the copy", why,
		"let one ask a table what must be true of it, for instance select count(*) from orders")
}
