package settings_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/settings"
)

const conf = `
# comment = 'x'
TimeZone = 'Europe/Berlin'   # where we are
shared_preload_libraries = 'pg_stat_statements, "timescaledb",pg_cron,unheard_of,/opt/lib/x'
archive_mode on
archive_command = 'curl -u backup:hunter2 https://example.com/%f'
restore_command='cp /srv/wal/%f %p'
primary_conninfo = 'host=prod password=hunter2'
data_directory = '/srv/pg'
include_dir = 'conf.d'
include '/etc/secret.conf'
bytea_output escape
search_path = '"$user", app''s'
app.tenant = 'hunter2'
`

func has(library string) bool {
	return library == "pg_stat_statements" || library == "pg_cron" || library == "unheard_of"
}

func TestOnlyWhatGivesTheDataTheirMeaningIsKept(t *testing.T) {
	got, findings := settings.ForCopy([]byte(conf), []byte("bytea_output = 'hex'\nrecovery_target = 'immediate'\n"), has)
	want := map[string]string{
		"timezone": "Europe/Berlin", "bytea_output": "hex", "search_path": `"$user", app's`, "shared_preload_libraries": "pg_stat_statements",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	said := ""
	for _, f := range findings {
		said += f.What + "\n"
	}
	for _, name := range []string{"archive_command", "restore_command", "primary_conninfo", "data_directory", "include_dir", "include", "recovery_target", "timescaledb", "pg_cron", "unheard_of", "app.tenant"} {
		if !strings.Contains(said, name) {
			t.Errorf("the evidence does not say that %s was dropped", name)
		}
	}
	for _, secret := range []string{"hunter2", "/srv/pg", "/opt/lib"} {
		if strings.Contains(said, secret) {
			t.Errorf("the evidence holds a value: %s", secret)
		}
	}
}

func TestABackupWithoutSettingsSaysSo(t *testing.T) {
	got, findings := settings.ForCopy(nil, nil, has)
	if len(got) != 0 || len(findings) != 1 || findings[0].Code != "NoSourceSettings" {
		t.Errorf("settings %v, findings %v", got, findings)
	}
}

func TestRequiredLeavesOutWhatIsNotKnown(t *testing.T) {
	want := map[string]string{"max_connections": "300", "max_prepared_transactions": "5"}
	if diff := cmp.Diff(want, settings.Required(300, 0, 0, 5, 0)); diff != "" {
		t.Error(diff)
	}
}
