package rds

import (
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// engines maps RDS's names to those of the checks' drivers. Others cannot be
// drilled: nobody could put the checks to them.
var engines = map[string]string{"postgres": "postgres", "mysql": "mysql", "mariadb": "mariadb"}

const supportedEngines = "lifeboat drills postgres, mysql and mariadb; Aurora clusters are of kind " + plan.KindAuroraCluster + " in lifeboat.yaml"

// majorVersion is what parameter groups and option groups are made for: "16"
// of 16.4 (PostgreSQL since 10), "8.0" of 8.0.40, "10.11" of 10.11.9.
func majorVersion(engine, version string) string {
	parts := strings.SplitN(version, ".", 3)
	if engine == "postgres" && len(parts[0]) > 1 || len(parts) == 1 {
		return parts[0]
	}
	return parts[0] + "." + parts[1]
}

// family is that of parameter groups: postgres16, mysql8.0, mariadb10.11.
func family(engine, version string) string { return engine + majorVersion(engine, version) }

// defaultParameterGroup and defaultOptionGroup are the names of AWS's own:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithOptionGroups.html
func defaultParameterGroup(engine, version string) string {
	return "default." + family(engine, version)
}

func defaultOptionGroup(engine, version string) string {
	return "default:" + engine + "-" + strings.ReplaceAll(majorVersion(engine, version), ".", "-")
}
